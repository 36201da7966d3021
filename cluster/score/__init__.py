"""`score`: features in, predictions and both attentions out.

job (the command), subjects (their statistics), feature_rows (the items of the driver), worker.
"""
