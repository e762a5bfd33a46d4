"""How people come in and go out: one way at a time, and those who go out first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from storegraph.observations import Passage
from storegraph.store.model import Gate

Point = tuple[float, float]

OUTSIDE = 1.0
"""So far outside of a gate's line people appear and vanish, metres."""

ABREAST = 2
"""So many go out at once; more would press each other against the posts."""

LANE = 0.3
"""People keep so far to the right of the middle of a gate that is wide enough, metres."""


@dataclass(frozen=True, slots=True)
class Doorway:
    """Where people come in or go out.

    Attributes:
        gate: Gate id; empty where a store has none, and people appear and vanish on its floor.
        middle: Of the gate's line, or of the floor where they appear.
        inward: Unit vector across the line, into the store.
        width: Of the line, metres; 0 without a gate.
    """

    gate: str
    middle: Point
    inward: Point
    width: float

    @classmethod
    def of(cls, gate: Gate) -> Doorway:
        """The doorway of a gate."""
        (x0, y0), (x1, y1) = gate.from_point, gate.to_point
        width = math.hypot(x1 - x0, y1 - y0)
        return cls(gate.id, ((x0 + x1) / 2, (y0 + y1) / 2), ((y0 - y1) / width, (x1 - x0) / width), width)

    @property
    def heading(self) -> float:
        """Of who comes in, radians from the x axis."""
        return math.atan2(self.inward[1], self.inward[0])

    @property
    def lane(self) -> float:
        """How far to the right of the middle people keep, metres."""
        return max(0.0, min(LANE, self.width / 2 - LANE))

    def at(self, inwards: float, left: float = 0.0) -> Point:
        """A point so far inside of the line (outside where negative), and so far to the left as one goes in."""
        (x, y), (dx, dy) = self.middle, self.inward
        return x + dx * inwards - dy * left, y + dy * inwards + dx * left

    def depth(self, x: float, y: float) -> float:
        """How far inside of the line a point is, metres."""
        return (x - self.middle[0]) * self.inward[0] + (y - self.middle[1]) * self.inward[1]


@dataclass(eq=False, slots=True)
class Gateway:
    """Who is in a doorway, and who waits for it.

    Attributes:
        coming: Who has asked to come in, in that order.
        going: Who has asked to go out, and how far they are from the line, metres.
        within: Who goes through.
    """

    coming: list[int] = field(default_factory=list)
    going: dict[int, float] = field(default_factory=dict)
    within: dict[int, Passage] = field(default_factory=dict)

    def admits_in(self, who: int) -> bool:
        """Whether somebody who asks to come in may: in their turn, and once nobody wants to go out.

        Who goes out makes room for them.
        """
        if who not in self.coming:
            self.coming.append(who)
        return self.coming[0] == who and not self.going and self._is_open(Passage.ENTRY)

    def admits_out(self, who: int, distance: float) -> bool:
        """Whether somebody who asks to go out may: who is nearest to the line, as the others could not get past."""
        self.going[who] = distance
        return min(self.going.values()) == distance and self._is_open(Passage.EXIT)

    def begin(self, who: int, passage: Passage) -> None:
        """Somebody goes in or out."""
        self.coming = [waiting for waiting in self.coming if waiting != who]
        self.going.pop(who, None)
        self.within[who] = passage

    def end(self, who: int) -> None:
        """Somebody is through."""
        del self.within[who]

    def _is_open(self, passage: Passage) -> bool:
        return len(self.within) < ABREAST and all(other is passage for other in self.within.values())
