"""Corpora: the clips tables, folder layouts and labels that a user hands in."""
