"""The driver over Ray actors, piece by piece."""
