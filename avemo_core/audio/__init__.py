"""The 27 YAAFE audio features, one family a file."""
