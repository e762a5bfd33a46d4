"""Makes the demo recording of the corner shop, and its ground truth, from a script of four visits.

    python bags/make_demo.py        writes bags/demo/ and bags/demo-truth.json

A light stand-in for sensors: weights and hands move as they would, but nobody is rendered and no tracker runs.
Everything random comes from one seed, so the same versions of the libraries make the same bag. Times are seconds since
`START` until they become stamps.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.graph.bag import BagWriter
from storegraph.observations import (
    Action,
    GateEvent,
    Observation,
    Passage,
    ScaleSamples,
    Shopper,
    Shoppers,
    ShopperState,
)
from storegraph.store.file import load_store
from storegraph.store.model import Fixture, Store

BAGS = Path(__file__).resolve().parent
STORE_FILE = BAGS.parent / "config" / "stores" / "corner.yaml"
SEED = 20260314
START = 1_773_478_800_000_000_000  # 2026-03-14, 10:00 in Berlin
DURATION = 68.0

Floats = NDArray[np.float64]


# ---- The script ------------------------------------------------------------------------------------------------------

TAKE, PUT_BACK, TOUCH = Action.TAKE, Action.PUT_BACK, Action.NONE
PRESSING = 0.30  # how long a hand presses on the goods before it takes them, and after it has put them back [s]


@dataclass(frozen=True, slots=True)
class Reach:
    """A hand goes to the goods, moves them or only touches them, and comes back."""

    begin: float  # when the load on the scales starts to change, or a touch to press [s]
    lasts: float  # until the scales carry their new load [s]
    hand: str  # "left" or "right"
    action: Action  # what the hand does
    product: str  # name as in the catalogue
    count: int  # items moved together
    shares: Mapping[str, float]  # scale id to the part of the weight that rests on it; they sum to one

    @property
    def end(self) -> float:
        """When the scales carry their new load."""
        return self.begin + self.lasts

    @property
    def presses(self) -> tuple[float, float]:
        """From when to when the hand presses on the goods: before a take, after a put-back, all through a touch."""
        if self.action is TAKE:
            return self.begin - PRESSING, self.begin
        return (self.end, self.end + PRESSING) if self.action is PUT_BACK else (self.begin, self.end)

    @property
    def stays(self) -> tuple[float, float]:
        """From when to when the hand is at the goods."""
        return min(self.begin, self.presses[0]), max(self.end, self.presses[1])


@dataclass(frozen=True, slots=True)
class Visit:
    """One shopper's way through the shop."""

    shopper_id: str  # as the tracker names the shopper
    credential: str  # presented at the gate; the members of a party enter on one
    party: str  # who pays together
    height: float  # of the body [m]
    lane: float  # where the shopper passes the gate, x in `map` [m]
    reaches: tuple[Reach, ...]  # in time order; the shopper comes in time for the first, and leaves after the last


VISITS = (
    # Takes one, two in one hand, one beside another shopper; puts the juice back; takes two one after the other.
    Visit("s4c9", "tok-8f2e61", "p-8f2e", 1.82, 3.0, (
        Reach(7.5, 0.30, "right", TAKE, "Röstkaffee gemahlen 500 g", 1, {"G1.2.5": 1.0}),
        Reach(10.5, 0.25, "left", TAKE, "Zartbitterschokolade 100 g", 2, {"G1.4.2": 1.0}),
        Reach(14.0, 0.45, "right", TAKE, "Spaghetti 500 g", 1, {"G1.3.1": 1.0}),
        Reach(20.0, 0.40, "left", TAKE, "Orangensaft 1 l", 1, {"G2.1.2": 1.0}),
        Reach(24.5, 0.20, "left", PUT_BACK, "Orangensaft 1 l", 1, {"G2.1.2": 1.0}),
        Reach(28.0, 0.30, "right", TAKE, "Erdbeerkonfitüre 340 g", 1, {"G2.2.1": 1.0}),
        Reach(30.6, 0.25, "right", TAKE, "Erdbeerkonfitüre 340 g", 1, {"G2.2.1": 1.0}),
    )),
    # Reaches into the same shelf at once; lifts a bottle slowly, takes what stands across two plates, leaves the
    # bottle among the yoghurt.
    Visit("s7a1", "tok-c05d94", "p-c05d", 1.68, 2.6, (
        Reach(14.2, 0.35, "left", TAKE, "Penne Rigate 500 g", 1, {"G1.3.4": 1.0}),
        Reach(19.0, 2.00, "right", TAKE, "Riesling trocken 0,75 l", 1, {"G1.1.4": 1.0}),
        Reach(27.5, 0.40, "right", TAKE, "Frische Vollmilch 3,8 % 1 l", 1, {"F1.1.1": 0.6, "F1.1.2": 0.4}),
        Reach(31.8, 0.25, "left", PUT_BACK, "Riesling trocken 0,75 l", 1, {"F1.2.3": 1.0}),
        Reach(35.5, 0.15, "right", TAKE, "Hummus 200 g", 1, {"F1.3.2": 1.0}),
    )),
    # Comes with the second on one credential, touches things, leaves with nothing.
    Visit("s2ee", "tok-c05d94", "p-c05d", 1.61, 3.4, (
        Reach(13.0, 0.60, "right", TOUCH, "Eier Freiland 10 Stück", 0, {"F1.3.4": 1.0}),
        Reach(23.0, 0.80, "left", TOUCH, "Basmatireis 500 g", 0, {"G1.2.1": 1.0}),
    )),
    # Finds the bottle and takes it; sugar, which weighs what flour does; a bag across two plates; two beers at once.
    Visit("sb05", "tok-1b77aa", "p-1b77", 1.75, 3.3, (
        Reach(43.5, 0.50, "right", TAKE, "Riesling trocken 0,75 l", 1, {"F1.2.3": 1.0}),
        Reach(48.5, 0.30, "right", TAKE, "Zucker fein 1 kg", 1, {"G1.1.5": 1.0}),
        Reach(52.0, 0.20, "left", TAKE, "Kartoffelchips Paprika 175 g", 1, {"G1.4.3": 0.55, "G1.4.4": 0.45}),
        Reach(57.0, 0.45, "right", TAKE, "Pils 0,5 l", 2, {"G2.1.4": 1.0}),
    )),
)  # fmt: skip


# ---- The goods -------------------------------------------------------------------------------------------------------

PRESS = (40.0, 150.0)  # of a hand that takes or puts back [g]
TOUCHING = 250.0  # of a hand that only touches [g]


@dataclass(frozen=True, slots=True)
class Movement:
    """What a reach did to the scales."""

    shopper_id: str  # who reached
    reach: Reach  # how
    gtin: str  # the product reached for
    grams: Mapping[str, float]  # scale id to change of load; zeros for a touch
    press: float  # of the hand on the goods [g]


def movements_of(visits: Sequence[Visit], store: Store, rng: np.random.Generator) -> list[Movement]:
    """Acts the script out: every item weighs what it weighs, wherever it is carried.

    Returns:
        In time order.

    Raises:
        IndexError: Somebody puts back what they do not hold.
    """
    products = {product.name: product for product in store.catalogue}
    held: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    put_down: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    movements = []
    script = [(reach, visit.shopper_id) for visit in visits for reach in visit.reaches]
    for reach, shopper_id in sorted(script, key=lambda step: step[0].begin):
        product = products[reach.product]
        hand, place = held[shopper_id, product.gtin], put_down[next(iter(reach.shares)), product.gtin]
        change = 0.0
        for _ in range(reach.count):
            if reach.action is PUT_BACK:
                place.append(hand.pop())
                change += place[-1]
            else:
                assert product.unit_weight and product.unit_weight_sigma
                hand.append(place.pop() if place else rng.normal(product.unit_weight, product.unit_weight_sigma))
                change -= hand[-1]
        grams = {scale: change * share for scale, share in reach.shares.items()}
        press = TOUCHING if reach.action is TOUCH else rng.uniform(*PRESS)
        movements.append(Movement(shopper_id, reach, product.gtin, grams, press))
    return movements


def truth_of(movements: Sequence[Movement], visits: Sequence[Visit]) -> dict[str, object]:
    """The ground truth: item movements, and what every shopper left with. Touches are no movements."""
    receipts = {visit.shopper_id: Counter[str]() for visit in visits}
    moved = []
    for movement in movements:
        reach = movement.reach
        if reach.action is TOUCH:
            continue
        receipts[movement.shopper_id][movement.gtin] += reach.count if reach.action is TAKE else -reach.count
        moved.append({
            "begin": stamp_at(reach.begin),
            "end": stamp_at(reach.end),
            "shopper_id": movement.shopper_id,
            "action": reach.action.name.lower(),
            "gtin": movement.gtin,
            "count": reach.count,
            "scale": max(movement.grams, key=lambda scale: abs(movement.grams[scale])),
            "grams": {scale: round(change, 1) for scale, change in movement.grams.items()},
        })  # fmt: skip
    bought = {shopper_id: dict(sorted((+items).items())) for shopper_id, items in receipts.items()}
    return {"movements": moved, "receipts": bought}


# ---- Time and place --------------------------------------------------------------------------------------------------


def stamp_at(seconds: float) -> int:
    """Seconds since `START` as nanoseconds since the Unix epoch."""
    return START + round(seconds * 1e9)


def ease(times: Floats, begin: float, end: float) -> Floats:
    """From 0 at `begin` to 1 at `end` as people move: with minimum jerk (Flash and Hogan 1985)."""
    u = np.clip((times - begin) / (end - begin), 0.0, 1.0)
    return np.asarray(u**3 * (10.0 - 15.0 * u + 6.0 * u**2))


@dataclass(frozen=True, slots=True)
class Plate:
    """Where a scale is in `map`."""

    front: Floats  # middle of the plate's front edge on its shelf, x, y, z [m]
    yaw: float  # of its fixture; who faces it looks along yaw + 90 degrees [rad]
    index: tuple[int, int]  # of its shelf, and of itself on the shelf


def plates_of(fixture: Fixture) -> dict[str, Plate]:
    """The plates of a fixture by scale id."""
    right = np.array([math.cos(fixture.yaw), math.sin(fixture.yaw), 0.0])
    inward = np.array([-right[1], right[0], 0.0])
    plates = {}
    for row, shelf in enumerate(fixture.shelves):
        for column, scale in enumerate(shelf.scales):
            x, y = scale.position[0] + scale.size[0] / 2, scale.position[1]
            front = np.array(fixture.position) + x * right + y * inward + np.array([0.0, 0.0, shelf.height])
            plates[scale.id] = Plate(front, fixture.yaw, (row, column))
    return plates


# ---- The people ------------------------------------------------------------------------------------------------------

FRAME_RATE = 15.0  # of the cameras [Hz]
WALKING_SPEED = 0.9  # mean from stand to stand [m/s]; the peak of a minimum-jerk move is 1.9 times that
OUTSIDE = 0.8  # where a shopper sets out, and is gone, before the gate [m]
STAND = 0.50  # from a plate's front edge to the middle of the body [m]
TURNING = 0.5  # to turn on the spot [s]
REACHING = 0.9  # for a hand to get there, and back [s]
GRIP = 0.12  # the wrist of a gripping hand above the middle of the plate's front edge [m]; the fingers are further in
PAUSE = 0.5  # from standing at the goods to reaching for them [s]
ARM = 0.56  # as far as the wrist gets from the shoulder before the body bends [m], and
UPPER_ARM = 0.29  # upper arm and forearm alike [m], both for a body of
BODY_HEIGHT = 1.75  # [m]
JOINT_SIGMA = 0.02  # error of a joint in each axis [m]
HIDDEN_OFTEN = 0.008  # chance of a joint to become hidden in a frame
HIDDEN_LONG = 8  # mean frames until it is seen again
STRIDE = 0.65  # from footfall to footfall [m]

BODY = {  # forward, left, up [m], standing; wrists hang and elbows follow
    "nose": (0.10, 0.0, 1.62), "left_eye": (0.08, 0.03, 1.65), "right_eye": (0.08, -0.03, 1.65),
    "left_ear": (0.0, 0.08, 1.63), "right_ear": (0.0, -0.08, 1.63), "left_shoulder": (0.0, 0.19, 1.43),
    "right_shoulder": (0.0, -0.19, 1.43), "left_elbow": (0.0, 0.0, 0.0), "right_elbow": (0.0, 0.0, 0.0),
    "left_wrist": (0.10, 0.25, 0.91), "right_wrist": (0.10, -0.25, 0.91), "left_hip": (0.0, 0.12, 0.95),
    "right_hip": (0.0, -0.12, 0.95), "left_knee": (0.02, 0.12, 0.50), "right_knee": (0.02, -0.12, 0.50),
    "left_ankle": (0.0, 0.12, 0.09), "right_ankle": (0.0, -0.12, 0.09),
}  # fmt: skip
JOINTS = tuple(BODY)  # COCO's seventeen, in its order


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a shopper is, and looks, at given times."""

    times: Floats  # shape [time]
    position: Floats  # middle of the body on the floor, shape [time, 2] [m]
    heading: Floats  # from the x axis, shape [time] [rad]
    strides: Floats  # way walked in strides, shape [time]

    def crossing(self, passage: Passage) -> float:
        """When the shopper steps over y = 0, the gate's line."""
        inside = np.flatnonzero(self.position[:, 1] >= 0.0)
        return float(self.times[inside[0] if passage is Passage.ENTRY else inside[-1]])


def grip(reach: Reach, plates: Mapping[str, Plate]) -> tuple[Floats, float]:
    """Where the wrist of a reaching hand comes to be in `map`, and the heading of who reaches there."""
    front = np.sum([share * plates[scale].front for scale, share in reach.shares.items()], axis=0)
    heading = plates[next(iter(reach.shares))].yaw + math.pi / 2
    return front + np.array([0.0, 0.0, GRIP]), heading


def walk_of(visit: Visit, plates: Mapping[str, Plate], times: Floats) -> Walk:
    """From the gate to where each reach is done, and back; people stay until it is time for the next reach."""
    here, heading_now, free = np.array([visit.lane, -OUTSIDE]), math.pi / 2, -math.inf
    position, heading, way = np.tile(here, (len(times), 1)), np.full(len(times), heading_now), np.zeros(len(times))
    stops = []
    for reach in visit.reaches:
        wrist, facing = grip(reach, plates)
        stand = wrist[:2] - STAND * np.array([math.cos(facing), math.sin(facing)])
        arrives, leaves = reach.stays
        stops.append((stand, facing, arrives - REACHING - PAUSE, leaves + REACHING))
    for there, facing, due, done in (*stops, (here, -math.pi / 2, -math.inf, math.inf)):
        step = there - here
        distance = float(np.hypot(*step))
        lasts = max(distance / WALKING_SPEED, 2 * TURNING)
        begin = max(free, due - lasts)
        progress = ease(times, begin, begin + lasts)
        position += progress[:, None] * step
        way += progress * distance
        along = math.atan2(step[1], step[0]) if distance > STRIDE else facing  # a step aside is made facing the shelf
        for target, turns in ((along, begin), (facing, begin + lasts - TURNING)):
            turn = math.remainder(target - heading_now, math.tau)
            heading += turn * ease(times, turns, turns + TURNING)
            heading_now += turn
        here, free = there, done
    return Walk(times, position, heading, way / STRIDE)


def skeleton_of(visit: Visit, walk: Walk, plates: Mapping[str, Plate]) -> Floats:
    """The joints in `map`, without measurement error, shape [time, joint, 3], metres.

    Legs swing, hands reach, and the body bends after a hand that reaches further than the arm is long.
    """
    size = visit.height / BODY_HEIGHT
    ahead = np.stack([np.cos(walk.heading), np.sin(walk.heading), np.zeros_like(walk.heading)], axis=1)
    aside = np.stack([-ahead[:, 1], ahead[:, 0], ahead[:, 2]], axis=1)
    middle = np.column_stack([walk.position, np.zeros(len(walk.times))])
    up = np.array([0.0, 0.0, 1.0])
    joints = {name: middle + size * (f * ahead + a * aside + u * up) for name, (f, a, u) in BODY.items()}

    moving = np.clip(np.gradient(walk.strides, walk.times), 0.0, 1.0)
    swing = (0.25 * moving * np.sin(math.pi * walk.strides))[:, None] * ahead
    for joint, part in (("ankle", 1.0), ("knee", 0.5)):
        joints[f"left_{joint}"] += part * swing
        joints[f"right_{joint}"] -= part * swing

    for reach in visit.reaches:
        wrist, _ = grip(reach, plates)
        arrives, leaves = reach.stays
        there = ease(walk.times, arrives - REACHING, arrives) - ease(walk.times, leaves, leaves + REACHING)
        joints[f"{reach.hand}_wrist"] += there[:, None] * (wrist - joints[f"{reach.hand}_wrist"])

    for side in ("left", "right"):
        arm = joints[f"{side}_wrist"] - joints[f"{side}_shoulder"]
        length = np.linalg.norm(arm, axis=1, keepdims=True)
        bend = arm / length * np.maximum(0.0, length - size * ARM)
        for name in JOINTS[:7]:  # head and shoulders
            joints[name] = joints[name] + bend
        for name in ("left_hip", "right_hip"):
            joints[name] = joints[name] + 0.6 * bend

    for side in ("left", "right"):  # the elbow of a two-bone arm, on the side that is down and back
        shoulder = joints[f"{side}_shoulder"]
        arm = joints[f"{side}_wrist"] - shoulder
        square = np.sum(arm**2, axis=1, keepdims=True)
        pole = -up - 0.5 * ahead
        pole = pole - np.sum(pole * arm, axis=1, keepdims=True) / square * arm
        pole /= np.linalg.norm(pole, axis=1, keepdims=True)
        out = np.sqrt(np.maximum(0.0, (size * UPPER_ARM) ** 2 - square / 4))
        joints[f"{side}_elbow"] = shoulder + arm / 2 + out * pole
    return np.stack([joints[name] for name in JOINTS], axis=1)


def shoppers_seen(
    visits: Sequence[Visit], walks: Sequence[Walk], plates: Mapping[str, Plate], rng: np.random.Generator
) -> Iterator[Shoppers]:
    """What a tracker makes of the people from entry to exit: with errors, and with joints hidden for a while."""
    covariance = np.tile(np.array([1, 0, 0, 1, 0, 1], np.float32) * np.float32(JOINT_SIGMA**2), (len(JOINTS), 1))
    times = walks[0].times
    seen: list[list[Shopper]] = [[] for _ in times]
    for visit, walk in zip(visits, walks, strict=True):
        joints = skeleton_of(visit, walk, plates)
        joints = np.round(joints + rng.normal(0.0, JOINT_SIGMA, joints.shape), 3)
        confidence = np.round(rng.uniform(0.7, 0.98, joints.shape[:2]), 2)
        hidden = np.zeros(len(JOINTS), dtype=bool)
        for k, snapshot in enumerate(seen):
            changes = rng.random(len(JOINTS))
            hidden = np.where(hidden, changes > 1 / HIDDEN_LONG, changes < HIDDEN_OFTEN)
            if walk.crossing(Passage.ENTRY) <= times[k] <= walk.crossing(Passage.EXIT):
                positions = np.where(hidden[:, None], np.nan, joints[k]).astype(np.float32)
                scores = np.where(hidden, 0.0, confidence[k]).astype(np.float32)
                snapshot.append(Shopper(visit.shopper_id, ShopperState.TRACKED, positions, covariance, scores))
    for time, snapshot in zip(times, seen, strict=True):
        yield Shoppers(stamp_at(time), JOINTS, tuple(snapshot))


# ---- The scales ------------------------------------------------------------------------------------------------------

SCALE_RATE, BATCH = 60.0, 12  # readings a second, and in a message
PHASES = {"G1": 0.0, "G2": 0.031, "F1": 0.077}  # the fixtures sample on clocks of their own: first sample [s]
DEAD_SCALE = "F1.1.4"
OFFSET = (-3000.0, 6000.0)  # readings are not zeroed [g]
DRIFT = 1.0 / 60.0  # at most [g/s]
NOISE = (1.0, 3.0)  # standard deviation, by plate [g]
RESOLUTION = 0.1  # of the converter [g]
RING = (0.08, 9.0, 0.12)  # after a step the plate swings: part of the step, frequency [Hz], decay [s]
QUICK = 0.25  # slower steps than this [s] make it swing less
FOOTFALL = (12.0, 12.0, 0.08, 0.8)  # a step beside the fixture [g], frequency [Hz], decay [s], fading with distance [m]
NEIGHBOURS = {(0, 1): 0.013, (0, 2): 0.003, (1, 0): 0.003}
"""What plates so many shelves and places apart feel of a load. Measured in a real store: 1.0 and 1.6 % beside it
(AutoCheckout competition 2020, BENCHMARK-1: 622.9 g taken, neighbours -9.7 and -6.3 g)."""


def load_on(scale: str, movements: Sequence[Movement], times: Floats) -> Floats:
    """The goods' weight on a scale, as change since the beginning, without any disturbance, grams, shape [time]."""
    load = np.zeros_like(times)
    for movement in movements:
        if change := movement.grams.get(scale):
            load += change * ease(times, movement.reach.begin, movement.reach.end)
    return load


def swing(times: Floats, begin: float, frequency: float, decay: float) -> Floats:
    """A decaying oscillation that starts at `begin` with amplitude one."""
    since = np.maximum(0.0, times - begin)
    return np.asarray(np.exp(-since / decay) * np.sin(math.tau * frequency * since))


def disturbance_on(scale: str, movements: Sequence[Movement], times: Floats) -> Floats:
    """What hands add while they move goods: pressing, and the plate's swing after a step, grams, shape [time]."""
    part, frequency, decay = RING
    total = np.zeros_like(times)
    for movement in movements:
        if scale not in movement.grams:
            continue
        reach = movement.reach
        begin, end = reach.presses
        pressing = np.sin(math.pi * np.clip((times - begin) / (end - begin), 0.0, 1.0)) ** 2
        total += movement.press * reach.shares[scale] * pressing
        step = movement.grams[scale] * min(1.0, QUICK / reach.lasts)
        total += part * step * swing(times, reach.end, frequency, decay)
    return total


def samples_of(
    fixture: Fixture, movements: Sequence[Movement], walks: Sequence[Walk], rng: np.random.Generator
) -> Iterator[ScaleSamples]:
    """What the scales of a fixture read, in batches."""
    plates = plates_of(fixture)
    count = int((DURATION - PHASES[fixture.id]) * SCALE_RATE) // BATCH * BATCH
    times = PHASES[fixture.id] + np.arange(count) / SCALE_RATE

    loads = [load_on(scale, movements, times) + disturbance_on(scale, movements, times) for scale in plates]
    index = np.array([plate.index for plate in plates.values()])
    apart = np.abs(index[:, None] - index[None, :])
    frame = np.eye(len(plates))
    for (rows, columns), part in NEIGHBOURS.items():
        frame[(apart[..., 0] == rows) & (apart[..., 1] == columns)] = part
    readings = np.stack(loads, axis=1) @ frame

    force, frequency, decay, fading = FOOTFALL
    centre = np.mean([plate.front[:2] for plate in plates.values()], axis=0)
    for walk in walks:
        for k in np.flatnonzero(np.diff(np.floor(walk.strides))):
            strength = force * math.exp(-float(np.hypot(*(walk.position[k] - centre))) / fading)
            felt = strength * rng.uniform(0.5, 1.5, len(plates))
            readings += swing(times, walk.times[k], frequency, decay)[:, None] * felt

    readings += rng.uniform(*OFFSET, len(plates)) + times[:, None] * rng.uniform(-DRIFT, DRIFT, len(plates))
    readings += rng.normal(0.0, 1.0, readings.shape) * rng.uniform(*NOISE, len(plates))
    readings = np.round(readings / RESOLUTION) * RESOLUTION
    if DEAD_SCALE in plates:
        readings[:, list(plates).index(DEAD_SCALE)] = np.nan
    for first in range(0, count, BATCH):
        grams = readings[first : first + BATCH].astype(np.float32)
        yield ScaleSamples(stamp_at(times[first]), fixture.id, SCALE_RATE, tuple(plates), grams)


# ---- The recording ---------------------------------------------------------------------------------------------------

LATENCY = {
    "scales": BATCH / SCALE_RATE + 0.012,
    "shoppers": 0.075,
    "passages": 0.004,
}  # stamp to recorder, at least [s]
JITTER = 0.006  # mean of what comes on top, exponential [s]


def passages(visits: Sequence[Visit], walks: Sequence[Walk]) -> Iterator[GateEvent]:
    """What the gate tells."""
    for visit, walk in zip(visits, walks, strict=True):
        for passage in Passage:
            credential = visit.credential if passage is Passage.ENTRY else ""
            stamp = stamp_at(walk.crossing(passage))
            yield GateEvent(stamp, "front", passage, credential, visit.party, visit.shopper_id, derived=False)


def record() -> tuple[list[tuple[int, str, Observation]], dict[str, object]]:
    """Makes the recording.

    Returns:
        Log time, topic and observation, by log time; and the ground truth.
    """
    rng = np.random.default_rng(SEED)
    store = load_store(STORE_FILE)
    plates = {scale: plate for fixture in store.fixtures for scale, plate in plates_of(fixture).items()}
    movements = movements_of(VISITS, store, rng)
    walks = [walk_of(visit, plates, np.arange(0.0, DURATION, 1 / FRAME_RATE)) for visit in VISITS]

    published: list[tuple[str, Observation]] = [("passages", passage) for passage in passages(VISITS, walks)]
    published += [("shoppers", seen) for seen in shoppers_seen(VISITS, walks, plates, rng)]
    for fixture in store.fixtures:
        published += [(f"scales/{fixture.id}/samples", batch) for batch in samples_of(fixture, movements, walks, rng)]

    recorded = []
    for topic, observation in published:
        delay = LATENCY[topic.split("/")[0]] + rng.exponential(JITTER)
        recorded.append((observation.stamp + round(delay * 1e9), topic, observation))
    recorded.sort(key=lambda message: message[:2])
    return recorded, truth_of(movements, VISITS)


def write(recorded: Sequence[tuple[int, str, Observation]], path: Path, store_id: str) -> None:
    """Writes the bag, in place of one that is there."""
    with BagWriter(path, store_id, replace=True) as bag:
        for log_time, topic, observation in recorded:
            bag.write(topic, observation, log_time)


def main() -> None:
    """Makes `demo/` and `demo-truth.json` beside this file."""
    recorded, truth = record()
    write(recorded, BAGS / "demo", "corner")
    (BAGS / "demo-truth.json").write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
