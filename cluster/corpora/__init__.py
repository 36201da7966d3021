"""Corpora: a corpus folder in, a clips table that one may edit out."""
