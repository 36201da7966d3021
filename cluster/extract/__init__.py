"""`extract`: clips in, features out. job (the command), worker (one clip after the other), shard (`--shard i/n`), dry_run."""
