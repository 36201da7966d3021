"""`compare`: the models of Table 1 side by side. job (the command), tasks (Ray tasks of one fold), results (all folds together)."""
