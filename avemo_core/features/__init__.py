"""The features table as arrays, a clip at a time."""
