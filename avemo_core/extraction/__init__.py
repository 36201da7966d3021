"""Extraction: from a clip to its rows of the features table."""
