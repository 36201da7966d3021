"""Face-identity networks whose maps carry the appearance, and the forest that selects from them."""
