"""What can go wrong in the simulated store."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class SimulationError(StoregraphError):
    """A scenario cannot be played in a store."""
