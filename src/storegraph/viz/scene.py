"""What happens in the store: all that changes while one looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np

from storegraph.observations import (
    Action,
    Cart,
    GateEvent,
    Interaction,
    Observation,
    Passage,
    ScaleCondition,
    ScaleFault,
    Shopper,
    Shoppers,
    WeightEvent,
)
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Point3D, Store
from storegraph.units import NANOSECONDS

from .ailing import ailing
from .figures import HEAD, NAME, Joints, figure
from .health import Ailments
from .layout import PLATE, gate_line, plate_top
from .markers import (
    FAULTY,
    NEUTRAL,
    NOTE,
    PUT_BACK,
    TAKEN,
    UP,
    Colour,
    Floats,
    Key,
    Marker,
    Shape,
    faded,
    point,
    points,
    text,
)
from .settings import VizSettings

LATEST = 30 * NANOSECONDS
"""Nanoseconds that a change, an interaction or a passage may be late and still be shown: what a replay's patience of
5 s and a slow machine make of it. What is older is history, kept by the topics for those who come late."""
HAND_MEMORY = LATEST + 10 * NANOSECONDS
"""Nanoseconds of each shopper's poses that are kept at least. An arrow begins where the hand was in the middle of its
weight event, and hands are rarely in a shelf for 20 s."""
STEP = NANOSECONDS // 10
"""Nanoseconds between two remembered poses: a hand at 1 m/s is met within 10 cm."""
REWIND = 5 * NANOSECONDS
"""Nanoseconds that shoppers go back when a recording is played again; a late message is far from that late."""

ARROW = (0.02, 0.05, 0.08)
"""Metres: shaft diameter, head diameter, head length."""

PASSAGE_COLOURS: dict[Passage, Colour] = {Passage.ENTRY: (0.2, 0.9, 0.3, 1.0), Passage.EXIT: (0.3, 0.5, 1.0, 1.0)}
ACTION_COLOURS = {Action.TAKE: TAKEN, Action.PUT_BACK: PUT_BACK, Action.NONE: NEUTRAL}
ACTION_WORDS = {Action.TAKE: "take", Action.PUT_BACK: "put back", Action.NONE: "no goods"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be seen now.

    Attributes:
        stamp: Event time, nanoseconds since the Unix epoch.
        shown: Everything.
        gone: What was shown in the picture before, and is not now.
    """

    stamp: int
    shown: tuple[Marker, ...]
    gone: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where a shopper was at a moment: its joints, and the point of the floor below."""

    stamp: int
    joints: Joints
    ground: Point3D


@dataclass(frozen=True, slots=True)
class _Memory:
    """A shopper's number, and its poses, oldest first."""

    number: int
    poses: deque[_Pose] = field(default_factory=deque)


Event = TypeVar("Event", WeightEvent, Interaction, GateEvent)


@dataclass(frozen=True, slots=True)
class _Told(Generic[Event]):
    """What happened, and the moment of the scene at which it was told, nanoseconds since the Unix epoch."""

    event: Event
    at: int

    @property
    def is_history(self) -> bool:
        return self.at - self.event.stamp > LATEST

    def is_after(self, other: _Told[Event]) -> bool:
        """Whether it happened after another, or at the same moment."""
        return self.event.stamp >= other.event.stamp


class Scene:
    """Shoppers, shelves and gates as they are at the newest stamp.

    It takes the graph's observations as they come: it shows, it decides nothing, so what comes late is only shown late,
    and as long as if it had come in time.

    Args:
        store: Where it happens.
        settings: How long what is shown; may be changed at any time.

    Attributes:
        settings: As given.
        ailments: What is wrong with the nodes of the store.
    """

    def __init__(self, store: Store, settings: VizSettings = VizSettings()) -> None:
        self.settings = settings
        self.ailments: Ailments = {}
        self._store = store
        self._plates = ScaleGeometry.of(store)
        self._tops = plate_top(self._plates)
        self._scales = {scale: number for number, scale in enumerate(self._plates.scales)}
        self._names = {product.gtin: product.name for product in store.catalogue}
        self._shown: set[Key] = set()
        self._begin()

    def _begin(self) -> None:
        self._now = 0
        self._shoppers: Shoppers | None = None
        self._memories: dict[str, _Memory] = {}
        self._changes: dict[str, tuple[_Told[WeightEvent], float]] = {}
        self._faulty: dict[str, int] = {}
        self._conditions: dict[str, int] = {}
        self._interactions: dict[str, tuple[int, _Told[Interaction]]] = {}
        self._passages: dict[str, _Told[GateEvent]] = {}
        self._carts: dict[str, Cart] = {}

    def tell(self, observation: Observation) -> None:
        """Takes an observation of any topic; what the picture does not show is passed over."""
        if isinstance(observation, Shoppers):
            self._see(observation)
        elif isinstance(observation, WeightEvent):
            self._weigh(self._told(observation))
        elif isinstance(observation, ScaleFault):
            self._judge(observation)
        elif isinstance(observation, Interaction):
            self._interact(self._told(observation))
        elif isinstance(observation, GateEvent):
            self._pass(self._told(observation))
        elif isinstance(observation, Cart):
            before = self._carts.get(observation.shopper_id)
            if before is None or observation.stamp >= before.stamp:
                self._carts[observation.shopper_id] = observation
        self._now = max(self._now, observation.stamp)
        self._forget()

    def picture(self) -> Picture:
        """Everything that is to be seen now, and what is gone since the picture before."""
        shown = (
            *self._figures(),
            *self._changed_plates(),
            *self._arrows(),
            *self._lit_gates(),
            *ailing(self._store, self.ailments),
        )
        keys = {marker.key for marker in shown}
        gone = tuple(sorted(self._shown - keys))
        self._shown = keys
        return Picture(self._now, shown, gone)

    def _see(self, snapshot: Shoppers) -> None:
        newest = self._shoppers.stamp if self._shoppers else 0
        if snapshot.stamp < newest - REWIND:
            self._begin()
        elif snapshot.stamp <= newest:
            return
        self._shoppers = snapshot
        for shopper in snapshot.shoppers:
            joints = Joints(snapshot.joints, shopper)
            if shopper.shopper_id not in self._memories:
                taken = {memory.number for memory in self._memories.values()}
                self._memories[shopper.shopper_id] = _Memory(_lowest_free(taken))
            poses = self._memories[shopper.shopper_id].poses
            if joints and (not poses or snapshot.stamp - poses[-1].stamp >= STEP):
                poses.append(_Pose(snapshot.stamp, joints, joints.ground()))

    def _told(self, event: Event) -> _Told[Event]:
        return _Told(event, max(self._now, event.stamp))

    def _weigh(self, told: _Told[WeightEvent]) -> None:
        for change in told.event.changes:
            before, _ = self._changes.get(change.scale, (None, 0.0))
            if change.scale in self._scales and not told.is_history and (before is None or told.is_after(before)):
                self._changes[change.scale] = told, change.delta

    def _interact(self, told: _Told[Interaction]) -> None:
        """Shows an interaction, or what has become of one that is shown."""
        shown = self._interactions.get(told.event.event_id)
        if shown is not None and told.event.revision > shown[1].event.revision:
            self._interactions[told.event.event_id] = shown[0], replace(shown[1], event=told.event)
        elif shown is None and not told.is_history:
            taken = {number for number, _ in self._interactions.values()}
            self._interactions[told.event.event_id] = _lowest_free(taken), told

    def _judge(self, fault: ScaleFault) -> None:
        if fault.scale in self._scales and fault.stamp >= self._conditions.get(fault.scale, 0):
            self._conditions[fault.scale] = fault.stamp
            self._faulty.pop(fault.scale, None)
            if fault.condition is not ScaleCondition.OK:
                self._faulty[fault.scale] = fault.since

    def _pass(self, told: _Told[GateEvent]) -> None:
        before = self._passages.get(told.event.gate)
        if not told.is_history and (before is None or told.is_after(before)):
            self._passages[told.event.gate] = told
        if told.event.passage is Passage.EXIT:
            self._carts.pop(told.event.shopper_id, None)

    def _forget(self) -> None:
        """Drops what is too old to be shown."""
        here = {shopper.shopper_id for shopper in self._shoppers.shoppers} if self._shoppers else set()
        kept = max(HAND_MEMORY, self.settings.trail)
        for shopper_id, memory in list(self._memories.items()):
            while memory.poses and memory.poses[0].stamp < self._now - kept:
                memory.poses.popleft()
            if not memory.poses and shopper_id not in here:
                del self._memories[shopper_id]
        for shopper_id, cart in list(self._carts.items()):
            if shopper_id not in self._memories and cart.stamp < self._now - LATEST:  # told after the exit
                del self._carts[shopper_id]
        for event_id, (_, told) in list(self._interactions.items()):
            if told.at <= self._now - self.settings.interaction_shown:
                del self._interactions[event_id]

    def _figures(self) -> Iterator[Marker]:
        if self._shoppers is None:
            return
        for shopper in self._shoppers.shoppers:
            joints, stamp = Joints(self._shoppers.joints, shopper), self._shoppers.stamp
            if joints:
                memory = self._memories[shopper.shopper_id]
                begin = self._now - self.settings.trail
                trail = tuple(pose.ground for pose in memory.poses if pose.stamp >= begin)
                yield from figure(shopper, joints, trail, memory.number, stamp)
                yield from self._cart(shopper, joints, memory.number, stamp)

    def _cart(self, shopper: Shopper, joints: Joints, number: int, stamp: int) -> Iterator[Marker]:
        cart = self._carts.get(shopper.shopper_id)
        if cart is None or not cart.lines:
            return
        lines = [f"{line.count} x {line.name}{' ?' if line.doubt else ''}" for line in cart.lines]
        words = "\n".join([*lines, f"{self._store.price(cart.total)} {cart.currency}"])
        above_name = HEAD + NAME + NOTE * (len(lines) + 1) / 2  # a text's position is its middle
        yield text("carts", number, words, point(joints.head() + above_name * UP), NOTE, stamp)

    def _changed_plates(self) -> Iterator[Marker]:
        """A cover on every plate that has something to tell; the plate below is neutral."""
        fading = self.settings.change_shown
        for scale, number in self._scales.items():
            told, delta = self._changes.get(scale, (None, 0.0))
            if scale in self._faulty:
                colour, stamp = FAULTY, self._faulty[scale]
            elif told is not None and self._now - told.at < fading:
                strength = 1 - (self._now - told.at) / fading
                colour, stamp = faded(TAKEN if delta < 0 else PUT_BACK, strength), told.event.stamp
            else:
                continue
            width, depth, _ = (2 * self._plates.half_extents[number]).tolist()
            middle, yaw = point(self._tops[number]), float(self._plates.yaw[number])
            yield Marker("changes", number, Shape.CUBE, colour, (width, depth, PLATE), middle, yaw, stamp=stamp)

    def _arrows(self) -> Iterator[Marker]:
        for number, told in self._interactions.values():
            interaction = told.event
            plates = [self._scales[scale] for scale in interaction.scales if scale in self._scales]
            if not plates:
                continue
            likeliest, goal = interaction.hypotheses[0], self._tops[plates].mean(axis=0)
            goods = " + ".join(f"{item.count} {self._names.get(item.gtin, item.gtin)}" for item in likeliest.items)
            who = f"{likeliest.shopper_id or 'nobody'} {likeliest.probability:.2f}"
            words = f"{ACTION_WORDS[likeliest.action]} {goods}\n{who}"
            above = point(goal + 2 * NOTE * UP)
            yield text("interactions", number, words, above, NOTE, interaction.stamp)
            hand = self._hand(likeliest.shopper_id, (interaction.begin + interaction.end) // 2, goal)
            if hand is not None:
                colour, ends = ACTION_COLOURS[likeliest.action], points((hand, goal))
                yield Marker("reaches", number, Shape.ARROW, colour, ARROW, points=ends, stamp=interaction.stamp)

    def _hand(self, shopper_id: str, stamp: int, goal: Floats) -> Floats | None:
        """Where the shopper's nearer hand was at a moment; None where that is not known."""
        memory = self._memories.get(shopper_id)
        if memory is None or not memory.poses:
            return None
        pose = min(memory.poses, key=lambda pose: abs(pose.stamp - stamp))
        return pose.joints.hand_towards(goal)

    def _lit_gates(self) -> Iterator[Marker]:
        for number, gate in enumerate(self._store.gates):
            told = self._passages.get(gate.id)
            if told is None or self._now - told.at >= self.settings.passage_shown:
                continue
            event = told.event
            line, colour = gate_line(gate), PASSAGE_COLOURS[event.passage]
            yield Marker("passages", number, Shape.LINE_LIST, colour, (0.1, 0.0, 0.0), points=line, stamp=event.stamp)
            words = f"{event.passage.name.lower()} {event.shopper_id}".strip()
            above = point(np.array(line).mean(axis=0) + 0.3 * UP)
            yield text("passage names", number, words, above, NAME, event.stamp)


def _lowest_free(taken: set[int]) -> int:
    return next(number for number in range(len(taken) + 1) if number not in taken)
