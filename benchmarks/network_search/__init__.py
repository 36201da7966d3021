"""A search for a recipe by which a network is worth more than the pooled linear model, and what its attention finds in spliced clips."""
