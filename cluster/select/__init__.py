"""`select`: a random forest chooses which values of a network's feature map are kept."""
