"""Face networks of one's own: a file in ONNX or of torch.export, and what it must be told about."""
