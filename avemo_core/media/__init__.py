"""Decode the frames and the sound of a time range, in one pass."""
