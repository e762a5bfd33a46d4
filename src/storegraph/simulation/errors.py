"""What can go wrong in the simulated store."""

from __future__ import annotations

from collections.abc import Iterable

from storegraph.errors import StoregraphError


class SimulationError(StoregraphError):
    """A scenario cannot be played in a store."""


class ScenarioError(SimulationError):
    """A scenario file cannot be used.

    Attributes:
        problems: All that is wrong, in the order of the file; each one line: file, line, key, value, what is allowed.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        """The message is all problems, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
