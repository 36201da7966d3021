"""What is computed: media, faces, audio features, the model. Knows nothing of Ray."""
