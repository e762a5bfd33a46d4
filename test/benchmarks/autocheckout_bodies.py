"""Where people's joints are, and where the recorder says they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from autocheckout_script import HandOver, Person, Session, Touch
from autocheckout_shop import Shop
from numpy.typing import NDArray

Floats = NDArray[np.float64]

JOINTS = ("head", "neck", "l_shoulder", "r_shoulder", "l_elbow", "r_elbow", "l_wrist", "r_wrist")

UPRIGHT = np.array(
    [
        (0.0, 0.05, 1.70),
        (0.0, 0.0, 1.48),
        (-0.18, 0.0, 1.45),
        (0.18, 0.0, 1.45),
        (-0.22, 0.0, 1.17),
        (0.22, 0.0, 1.17),
        (-0.22, 0.12, 0.92),
        (0.22, 0.12, 0.92),
    ]
)
"""Right, ahead, up, metres: the shopper of BENCHMARK-1 while walking, to some centimetres."""

STANDS_OFF = 0.47
"""Metres from a shelf's front edge to the neck of who reaches into it; as in BENCHMARK-1."""

CORNER = (3.9, -0.4)
"""Metres; nobody stands beyond it: there the fourth and the fifth gondola meet."""

ARM = 0.62
"""Metres from shoulder to wrist; what is farther off makes the body lean."""

DOOR = (0.25, -1.6)
"""Where the shopper of BENCHMARK-1 goes out, metres."""

BEFORE = 3.0
"""Seconds of which people are told before a session begins, as they are sent 2.3 s late."""

RATE = 60.0
"""Postures a second."""

ERRORS = np.array([0.015, 0.015, 0.015, 0.015, 0.03, 0.03, 0.045, 0.045])
"""Lasting error of a joint, one sigma an axis, metres; so a wrist is 7 cm off at the median, one in ten 11 cm."""

ERRORS_LAST = 0.5
"""Seconds after which errors have mostly changed."""

JITTER = 0.006
"""Error that every snapshot has anew, metres; as in BENCHMARK-1 (half the median second difference is 2 to 6 mm)."""

MISSING = 0.01
"""Share of joints that a snapshot lacks; 21 of 2208 in BENCHMARK-1."""


def times(session: Session) -> Floats:
    """Moments of the postures, seconds."""
    return np.arange(-BEFORE, session.seconds + 0.5, 1 / RATE)


def present(session: Session, person: Person, moments: Floats) -> NDArray[np.bool_]:
    """Whether somebody is in the store."""
    enters = -np.inf if person.enters is None else person.enters
    leaves = np.inf if person.leaves is None else person.leaves
    return (moments >= enters) & (moments <= leaves)


def postures(session: Session, person: Person, shop: Shop, handing_to: Sequence[tuple[float, Floats]]) -> Floats:
    """Joints without error.

    Args:
        session: The script.
        person: Whose.
        shop: Where plates are.
        handing_to: Times and places at which this person's right hand meets another's.

    Returns:
        Metres, shape [moment, joint, 3].
    """
    moments = times(session)
    touches = session.touches(person.name)
    trunk, heading = _walk(session, person, shop, moments)
    right = np.stack([heading[:, 1], -heading[:, 0]], axis=1)
    joints = np.empty((len(moments), len(JOINTS), 3))
    joints[:, :, :2] = trunk[:, None] + UPRIGHT[None, :, :1] * right[:, None] + UPRIGHT[None, :, 1:2] * heading[:, None]
    joints[:, :, 2] = UPRIGHT[:, 2]
    reaches = [(touch.at, touch.at + touch.seconds, touch.hand, _goal(touch, shop)) for touch in touches]
    reaches += [(at - 0.3, at + 0.3, 1, place) for at, place in handing_to]
    for begin, end, hand, goal in reaches:
        _reach(joints, moments, begin, end, hand, goal)
    for shoulder, elbow, wrist in ((2, 4, 6), (3, 5, 7)):
        arm = joints[:, wrist] - joints[:, shoulder]
        slack = np.sqrt(np.clip(0.31**2 - (np.linalg.norm(arm, axis=1) / 2) ** 2, 0.0, None))
        joints[:, elbow] = joints[:, shoulder] + arm / 2
        joints[:, elbow, 2] -= slack * np.linalg.norm(arm[:, :2], axis=1) / np.maximum(0.2, np.linalg.norm(arm, axis=1))
    return joints


def _goal(touch: Touch, shop: Shop) -> Floats:
    place = shop.places[touch.cell]
    x, y, z = place.front
    return np.array([x + 0.06 * place.inward[0], y + 0.06 * place.inward[1], z + 0.12])


def _reach(joints: Floats, moments: Floats, begin: float, end: float, hand: int, goal: Floats) -> None:
    """Moves a wrist to a goal and back, and the trunk as far as the arm is too short."""
    there = _smooth((moments - (begin - 0.8)) / 0.7) * _smooth((end + 0.9 - moments) / 0.7)
    shoulder, wrist = (3, 7) if hand > 0 else (2, 6)
    towards = goal - joints[:, shoulder]
    far = np.linalg.norm(towards, axis=1, keepdims=True)
    lean = towards / far * np.clip(far - ARM, 0.0, 0.75) * there[:, None]
    joints[:, :4] += lean[:, None]
    joints[:, wrist] += (goal - joints[:, wrist]) * there[:, None]


def _smooth(share: Floats) -> Floats:
    share = np.clip(share, 0.0, 1.0)
    return share**3 * (10 - 15 * share + 6 * share**2)


def stand(touch: Touch, shop: Shop) -> tuple[Floats, Floats]:
    """Where a person stands who touches a plate, and which way they look."""
    place = shop.places[touch.cell]
    inward = np.array(place.inward)
    right = np.array([inward[1], -inward[0]])
    floor = np.array(place.front[:2]) - STANDS_OFF * inward + (touch.beside - 0.18 * touch.hand) * right
    return np.minimum(floor, CORNER), inward


def _walk(session: Session, person: Person, shop: Shop, moments: Floats) -> tuple[Floats, Floats]:
    """Where somebody's neck is on the floor plan, and where they look to; both [moment, 2]."""
    stops = [(touch.at - 0.7, touch.at + 0.8, *stand(touch, shop)) for touch in session.touches(person.name)]
    begin = moments[0] if person.enters is None else person.enters
    end = moments[-1] if person.leaves is None else person.leaves
    door = np.array(DOOR)
    when, where = [], []
    if person.enters is not None or not stops:
        when.append(begin)
        where.append(door if person.enters is not None else np.array([2.0, -1.2]))
    looking = np.zeros((len(moments), 2))
    for arrives, goes, place, inward in stops:
        if when and arrives < when[-1] + 0.05:
            when[-1], where[-1] = min(when[-1], arrives), (where[-1] + place) / 2
            arrives = when[-1] + 0.01
        when += [arrives, goes]
        where += [place, place]
        looking[(moments > arrives - 0.8) & (moments < goes + 0.2)] = inward
    if person.leaves is not None:
        when.append(end)
        where.append(door)
    places = np.array(where)
    for one, other, before, after in zip(when, when[1:], places, places[1:], strict=False):
        if np.linalg.norm(after - before) > 1.6 * (other - one) + 0.25:
            raise ValueError(
                f"{session.name}: {person.name} cannot get from {before} to {after} in {other - one:.1f} s"
            )
    leg = np.clip(np.searchsorted(when, moments, side="right") - 1, 0, len(when) - 1)
    following = np.minimum(leg + 1, len(when) - 1)
    spans = np.maximum(1e-3, np.array(when)[following] - np.array(when)[leg])
    share = _smooth((moments - np.array(when)[leg]) / spans)
    trunk = places[leg] + (places[following] - places[leg]) * share[:, None]
    velocity = np.gradient(trunk, axis=0) * RATE
    wanted = np.where(np.any(looking, axis=1, keepdims=True), looking, velocity)
    heading = np.empty_like(wanted)
    current = np.array([0.0, 1.0])
    for number, direction in enumerate(wanted):
        current = current + direction / max(0.5, float(np.linalg.norm(direction))) / (0.2 * RATE)
        current /= max(1e-6, float(np.linalg.norm(current)))
        heading[number] = current
    return trunk, heading


def seen(session: Session, person: Person, joints: Floats, rng: np.random.Generator) -> Floats:
    """Joints as the recorder tells them: with errors that last, hands that are lost in the shelf, joints not found."""
    moments = times(session)
    keep = np.exp(-1 / (ERRORS_LAST * RATE))
    noise = rng.normal(size=joints.shape) * ERRORS[:, None]
    error = noise.copy()
    for number in range(1, len(error)):
        error[number] = keep * error[number - 1] + np.sqrt(1 - keep**2) * noise[number]
    told: Floats = joints + error + rng.normal(scale=JITTER, size=joints.shape)
    for touch in session.touches(person.name):
        wrist = 7 if touch.hand > 0 else 6
        inside = np.abs(moments - touch.at) < 0.5
        chance = rng.random()
        if chance < 0.3:  # hidden by the shelf above
            told[inside, wrist] = np.nan
        elif chance < 0.6:  # the nearest part that is seen is taken for it
            told[inside, wrist] += 0.35 * (joints[inside, wrist - 2] - joints[inside, wrist])
    told[rng.random(told.shape[:2]) < MISSING] = np.nan
    if session.without_wrists:
        told[:, 4:] = np.nan
    return told


def meetings(session: Session, shop: Shop) -> dict[str, list[tuple[float, Floats]]]:
    """Where and when hands meet, by name: between where giver and taker stand then."""
    found: dict[str, list[tuple[float, Floats]]] = {person.name: [] for person in session.people}
    moments = times(session)
    trunks = {person.name: _walk(session, person, shop, moments)[0] for person in session.people}
    for act in session.acts:
        if isinstance(act, HandOver):
            moment = int(np.searchsorted(moments, act.at))
            middle = np.append((trunks[act.giver][moment] + trunks[act.taker][moment]) / 2, 1.1)
            found[act.giver].append((act.at, middle))
            found[act.taker].append((act.at, middle))
    return found
