"""Look: one clip in, what avemo saw and heard of it out; no Ray."""
