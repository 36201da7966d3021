"""Which clips a model does not answer, so that few of its answers are wrong."""
