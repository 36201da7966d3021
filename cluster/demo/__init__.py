"""`demo`: every command one after the other, on a synthetic corpus that it renders first."""
