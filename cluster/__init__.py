"""Where it runs and on how many machines: a folder for each command, and what the commands share.

ray (sessions, devices), pool (the driver over actors), storage (folders, locks), tables (Parquet parts, rejects, run records).
"""
