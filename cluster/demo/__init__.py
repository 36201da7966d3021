"""`demo`: every command one after the other, on a corpus made on the spot."""
