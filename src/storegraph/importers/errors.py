"""What can go wrong with other people's files."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class ImporterError(StoregraphError):
    """A recording cannot be used, or an output cannot be written."""
