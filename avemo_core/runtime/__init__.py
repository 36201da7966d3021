"""Runtime: what every part runs on: files, threads, model files, process groups."""
