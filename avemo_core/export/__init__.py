"""Results people take along: emotion over time in the files of players, annotation tools and statistics."""
