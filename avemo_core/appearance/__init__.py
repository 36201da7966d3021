"""Appearance: face-identity networks, whose feature maps describe a face, and the random forest that selects values of them."""
