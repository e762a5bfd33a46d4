"""What can go wrong while a network is taught."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class TrainingError(StoregraphError):
    """Pictures to learn from, or a training to go on with, are not what they should be."""
