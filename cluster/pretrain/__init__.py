"""`pretrain`: pictures of known people in, weights of a face network out."""
