"""Somebody who plays a role: what they carry, what their hands do, and how they begin things together with others."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from ..chance import chance
from ..errors import SimulationError
from ..performance import FRAME_RATE, Item
from ..posture.posture import reach_of, stand_off
from ..script import Hand, Role, Step
from .hands import Carrying, Reach
from .scene import Scene
from .walker import Walker

Point3D = tuple[float, float, float]

REACHING = (0.6, 0.85)
"""Seconds that a hand takes to goods at the height of the hips or above: 0.8 s for 0.4 m on a table (Jeannerod, "The
timing of natural prehension movements", Journal of Motor Behavior 16, 1984)."""

SQUATTING = 0.5
"""Seconds more to goods on the floor: the body goes down 0.5 m no faster than it walks."""

HIPS = 0.8
"""Metres above the floor: who reaches lower bends."""

HOLDING = (0.8, 2.5)
"""Seconds that goods stay in the hand before they go into a bag or a pocket."""

LOWER = 0.05
"""Steps in which somebody small looks for a lower point to reach goods at, metres."""


class Player:
    """Somebody on the scene.

    Attributes:
        scene: Where.
        who: Their number in the crowd.
        role: What they play.
        generator: Of everything that they do by chance.
        walker: Gets them to places.
        carried: Items they have, in the order in which they got them.
        reaches, spells: What their hands do.
        doing: What they do now, in words.
        expects: Name of whom they wait for to get something from; empty where nobody.
    """

    def __init__(self, scene: Scene, who: int, role: Role) -> None:
        self.scene = scene
        self.who = who
        self.role = role
        self.generator = chance(scene.script.seed, "acting", role.name)
        self.walker = Walker(scene, who, role, self.generator)
        self.carried: list[Item] = []
        self.reaches: list[Reach] = []
        self.spells: list[Carrying] = []
        self.doing = "to come in"
        self.expects = ""

    def carries(self, gtin: str, count: int) -> list[Item]:
        """So many items of a product that they carry, or as many as they have, the latest first."""
        return [item for item in reversed(self.carried) if item.gtin == gtin][:count]

    def begin(self, step: Step, lead: float = 0.0) -> Generator[float, None, float]:
        """Waits until a step may begin, together with others where it is so.

        Args:
            step: Which.
            lead: Seconds from setting out to the moment that is to be the same for all.

        Returns:
            The moment at which to set out.
        """
        scene = self.scene
        if step.at > scene.now:
            yield step.at
        if not step.sync:
            return scene.now
        users = [
            role.name
            for role in scene.script.roles
            if not role.turns_back and any(other.sync == step.sync for other in role.steps)
        ]
        moment = yield from self.together(f"sync {step.sync}", users, lead)
        return max(moment - lead, scene.now)

    def together(self, what: str, users: Sequence[str], lead: float = 0.0) -> Generator[float, None, float]:
        """Waits until all are ready for something; the moment at which it is."""
        while (moment := self.scene.ready(what, self.role.name, lead, users)) is None:
            yield self.scene.now + 1 / FRAME_RATE
        return moment

    def time_to(self, point: Point3D) -> float:
        """Seconds that a hand takes to a point."""
        return float(self.generator.uniform(*REACHING)) + SQUATTING * max(0.0, 1.0 - point[2] / HIPS)

    def reach(self, hand: Hand, points: Sequence[Point3D], sets_out: float, lead: float, stays: float) -> Reach:
        """A hand goes somewhere and comes back; what it carried until then is let go of, or carried on by `hold`.

        Args:
            hand: Which.
            points: Where the wrist is to be.
            sets_out: When, seconds since the beginning.
            lead: Seconds to the first point.
            stays: Seconds between its arrival and its departure.
        """
        arrives = sets_out + lead
        reach = Reach(
            hand, sets_out, arrives, arrives + stays, arrives + stays + self.time_to(points[-1]), tuple(points)
        )
        self.reaches.append(reach)
        self._let_go(hand, arrives)
        return reach

    def hold(self, hand: Hand, begin: float, end: float | None = None) -> None:
        """A hand carries something before the body from then on; by and by it goes into a bag."""
        self._let_go(hand, begin)
        self.spells.append(Carrying(hand, begin, begin + self.generator.uniform(*HOLDING) if end is None else end))

    def within_arms(self, point: Point3D, lowest: float) -> Point3D:
        """A point, or where somebody so small gets to below it, not lower than given.

        Raises:
            SimulationError: They cannot reach so high.
        """
        x, y, height = point
        for z in (height, *np.arange(height - LOWER, lowest, -LOWER).tolist(), lowest):
            if reach_of(self.role.body, z) > stand_off(self.role.body, z):
                return x, y, z
        stature = self.role.body.stature
        raise SimulationError(f"{self.role.name}, {stature:.2f} m tall, cannot reach {lowest:.2f} m high")

    def _let_go(self, hand: Hand, moment: float) -> None:
        self.spells = [
            Carrying(spell.hand, spell.begin, min(spell.end, moment)) if spell.hand == hand else spell
            for spell in self.spells
        ]
