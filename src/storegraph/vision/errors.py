"""What can be wrong with finding people in pictures."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class VisionError(StoregraphError):
    """A model is not known, not installed or not what it should be."""
