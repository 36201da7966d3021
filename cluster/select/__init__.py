"""`select`: a random forest ranks the values of a network's feature map; the most important are kept.

job (the command), labelled_faces (their feature maps, read by the pool).
"""
