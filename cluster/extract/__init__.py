"""`extract`: clips in, rows of features out."""
