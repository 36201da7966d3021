"""Training a bundle: presets, splits, epochs, ensembles, calibration, the model card."""
