"""`train`: a features table in, a model bundle out. job (the command), workers (Ray Train and its checkpoints)."""
