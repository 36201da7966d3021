"""Thumbnails and videos of a report's clips."""
