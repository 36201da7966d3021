"""What is right and wrong with a machine, or with every node of a cluster, before it is given work.

job (the entry), finding (one thing that was looked at), examine (one machine), versions, machine, stores (what is looked at), nodes (the
cluster's).
"""
