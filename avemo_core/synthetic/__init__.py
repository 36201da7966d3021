"""The demo corpus: talking faces and voices, each with its emotion planted in a known segment."""
