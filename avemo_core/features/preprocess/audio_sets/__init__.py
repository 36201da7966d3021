"""Audio sets: each whitened and described on its own steps, then brought onto the steps of the first."""
