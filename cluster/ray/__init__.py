"""Ray itself: sessions, devices, room on the nodes, Ray Train's workers, signals."""
