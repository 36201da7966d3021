"""One second of a built-in clip, extracted here and there: whether another machine computes what this one does.

sample (the clip to its values), agreement (what differs, and by how much), make_clip (how clip.mp4 was made).
"""
