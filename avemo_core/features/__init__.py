"""A clip's features: read from their table as arrays, and preprocessed into the inputs of a network."""
