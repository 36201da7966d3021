"""Scoring: from features to predictions with a bundle."""
