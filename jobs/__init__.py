"""What to run: one command a file."""
