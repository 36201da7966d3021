"""What is stored: one Arrow schema a file, every field with its unit and its meaning."""
