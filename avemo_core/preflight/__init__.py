"""One second of a built-in clip, extracted here and there: whether another machine computes what this one does.

sample (the clip to its values), agreement (what differs, and by how much), known (what it gave where avemo was
measured), make_clip (how clip.mp4 and known.npz were made).
"""
