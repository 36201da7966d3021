"""How a bundle is trained: epochs, ensembles, splits, calibration, the model card."""
