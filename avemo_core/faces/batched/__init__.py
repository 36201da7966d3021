"""Faces of many pictures at once, on a device: the detector, the mesh and what lies between them as torch modules.

What the models' files say is read here by a few lines of our own, so that a machine with torch and numpy alone can run and time it all.
"""
