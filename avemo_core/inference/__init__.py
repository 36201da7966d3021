"""From features to predictions with a bundle."""
