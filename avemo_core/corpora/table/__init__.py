"""A user's table of clips: the file as it lies there, which column is which, and what its values are."""
