"""Pictures of a performance: Anny's bodies, dressed, in the store, seen through its cameras.

Needs `make pictures`: anny, open3d, torch and OpenCV. Nothing outside this folder loads them.
"""
