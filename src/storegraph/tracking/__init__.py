"""Keypoints of all cameras -> 3D shoppers.

As a library: `storegraph.tracking.tracker.MultiViewTracker`.
"""
