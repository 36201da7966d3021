"""`pretrain`: pictures of known people in, weights of a face network out.

job (the command), face_alignments (where the face is in each picture), workers (Ray Train), checkpoints.
"""
