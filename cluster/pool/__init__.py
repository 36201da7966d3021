"""The pool: a driver that hands chunks of clips to Ray actors, and publishes what they yield."""
