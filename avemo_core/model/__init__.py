"""The paper's model and nothing else: encoder, alignment, perception attention, heads, and the batches they read."""
