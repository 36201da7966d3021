"""Sound and picture on one clock: a film of known times, written in many ways and read by many readers."""
