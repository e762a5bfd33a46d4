"""What cannot be tracked."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class TrackingError(StoregraphError):
    """What was given to the tracker does not fit its cameras, its joints or the order of time."""
