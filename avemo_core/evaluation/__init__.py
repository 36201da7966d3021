"""How good predictions are: metrics, comparisons, localisation of attention."""
