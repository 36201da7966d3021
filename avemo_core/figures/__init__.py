"""The paper's figures and the run's own, each made from plain arrays: one figure a file."""
