"""Cameras: from a device, a stream or a recording to pictures on topics."""
