"""Decoding: the frames and the sound of a clip's time range, in one pass through its file."""
