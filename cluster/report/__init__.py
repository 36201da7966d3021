"""`report`: predictions and a model in, a folder with a web page out."""
