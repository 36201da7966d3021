"""`report`: predictions in, a page for the browser out."""
