"""Find the face, follow it, and bring it to one place and size."""
