"""Where it runs and how many: Ray, storage, the driver over actors."""
