"""How networks are trained: loss, epochs, early stopping, ensembles. Pure torch, no Ray."""
