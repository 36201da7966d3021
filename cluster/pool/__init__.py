"""The driver over a pool of Ray actors: it hands out chunks of clips, and publishes the rows that come back.

run (the entry), loop (the driver), chunks and line (what is handed out, bisection), actor_pool and worker_handle (the actors as the driver
sees them), worker_actor (the actor itself), start_failures (actors that do not become ready),
preflight (nodes that may work), nodes (room for workers), publisher,
work (the types that driver and workers share).
"""
