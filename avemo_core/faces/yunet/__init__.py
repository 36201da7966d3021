"""YuNet, a face detector: its weights read from the shipped .onnx file, and what becomes of its answers."""
