"""What a clips table says now against what rows were made of and say: pure comparisons of Arrow tables."""
