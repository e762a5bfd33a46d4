"""What can be wrong with a suite, and with what was made of one."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class SuiteError(StoregraphError):
    """A suite, an ablation or an earlier report cannot be used."""
