"""`score`: features in, predictions and both attentions out."""
