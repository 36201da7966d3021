"""Audio sets: the 27 features, and what else may be heard of a clip beside them or in their place, each on steps of its own."""
