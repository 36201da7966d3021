"""Faces of several clips in step, so that a device is fed: it follows them through many frames at once, the CPU decides afterwards."""
