"""Face identity: pictures of known people, training a network to tell them apart, and measuring how well it verifies faces."""
