"""Tables: parts, rejects, run records and staging in a folder, published whole or not at all."""
