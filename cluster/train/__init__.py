"""`train`: a features table in, a model bundle out."""
