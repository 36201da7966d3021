"""What a user hands in: clips tables, corpus layouts, labels."""
