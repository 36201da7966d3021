"""How far a clip lies outside what a model was trained on."""
