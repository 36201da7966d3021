"""`compare`: the models of Table 1 side by side."""
