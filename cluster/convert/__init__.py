"""`convert`: a table of avemo 0.1.0 in, the same table as this version writes it out."""
