"""The graph's topics for viewers in a browser."""
