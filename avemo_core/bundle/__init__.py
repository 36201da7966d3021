"""The model bundle: all that scoring needs, in one folder."""
