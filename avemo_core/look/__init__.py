"""What avemo saw and heard of one clip, as numbers, sound and pictures that a person can check."""
