"""The paper's model: encoder, alignment, perception attention, heads."""
