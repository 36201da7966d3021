"""What stands between a decoded frame and what a viewer shows: which way up it is, what its colours mean, what its fields are."""
