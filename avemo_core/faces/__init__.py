"""Faces: detected, tracked from frame to frame, and brought to one place and size, with 49 landmarks."""
