"""The parameters of a node, declared in one place: what ROS is told, what is checked, and what the docs say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: As ROS knows it.
        default: Also gives its type.
        text: What it is.
        unit: Of a number.
        least: Smallest value of a number.
        most: Largest value of a number.
    """

    name: str
    default: str | bool | float
    text: str
    unit: str = ""
    least: float = 0.0
    most: float = 0.0


STORE = Parameter("store", "", "The store file.")
JOURNAL = Parameter(
    "journal", "", "Folder for the node's journal. Without one, a node that dies forgets what it was told."
)
AUTOSTART = Parameter("autostart", True, "Configure and activate at once, without waiting for a lifecycle manager.")
ALLOWED_LATENESS = Parameter(
    "allowed_lateness", 0.25, "How far behind its input's newest stamp a message may arrive.", "s", 0.0, 60.0
)
IDLE_AFTER = Parameter(
    "idle_after", 5.0, "An input is passed over once the others are this far ahead.", "s", 0.1, 3600.0
)

PARAMETERS = (STORE, JOURNAL, AUTOSTART, ALLOWED_LATENESS, IDLE_AFTER)
"""Every node's; read at configure."""
