"""How good predictions are: metrics, the comparison of Table 1, localisation of the attention."""
