"""What every command needs of Ray.

session (start or join it), capacity (room for workers), devices, stopping (signals), train_worker and log_relay (Ray Train).
"""
