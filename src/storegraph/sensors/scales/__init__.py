"""Scales: how load cells are read, and the node that publishes their readings."""
