"""`train`: a features table in, a model bundle out.

job (the command), content (a digest of what is learned from), workers (Ray Train and its checkpoints).
"""
