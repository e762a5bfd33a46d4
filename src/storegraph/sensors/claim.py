"""What a device of a sensors file says about the store."""

from __future__ import annotations

from dataclasses import dataclass

from storegraph.store.problem import KeyPath


@dataclass(frozen=True, slots=True)
class Claim:
    """A device stands for something of which there is one.

    Attributes:
        path: The key that says so, below the device.
        kind: What it is: a camera, a scale, a name.
        name: Which one.
        known: Which of that kind the store has; None where the device itself makes the name.
    """

    path: KeyPath
    kind: str
    name: str
    known: tuple[str, ...] | None = None
