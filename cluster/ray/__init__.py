"""What every command needs of Ray.

session (start or join it), joining (a cluster that runs), own_node (a Ray of this process alone), capacity (room for workers), devices,
stopping (signals), train_worker and log_relay (Ray Train), private (Ray's interfaces that are not public).
"""
