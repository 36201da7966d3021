"""Export: predictions in, files for players, annotation tools and statistics out."""
