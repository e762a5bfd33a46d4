"""How a setting is declared: the dataclass it stands in says what it means, its annotation what it may be.

A node's ROS parameters, their checks and their page in the docs are made from such dataclasses
(`storegraph.graph.parameters`), so a setting is written down once. In the class it is a field with its default, a line
under `Attributes:`, and where it is a number `Annotated[float, Range(0.0, 1.0)]`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be.

    Attributes:
        least: Smallest value.
        most: Largest value.
        unit: Empty for a count, a share or a ratio.
    """

    least: float
    most: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: an `int` of nanoseconds in the code, seconds as a parameter.

    Attributes:
        least: Shortest, seconds.
        most: Longest, seconds.
    """

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Live:
    """Marks a setting that may be changed while a node runs: nothing that is charged depends on it."""
