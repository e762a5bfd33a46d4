"""What RViz is shown: the store, who is in it, what moves on its shelves."""
