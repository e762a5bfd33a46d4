"""Which person of the truth a tracked shopper is: a tracker's ids are its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17, Shoppers
from storegraph.simulation.truth import Frames, TruePerson

Floats = NDArray[np.float64]

TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
"""The joints whose mean says where somebody is; arms and legs swing."""

NEAR = 0.5
"""Metres from a person within which a track can be theirs: about the breadth of shoulders (0.49 m, 95th percentile of
men, DIN 33402-2), so that a track of somebody who stands beside them is not.
"""

FAR = 1e6
"""Cost of a pair that cannot be, against metres: more pairs are always better than nearer ones."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Who is who, and how well they were followed.

    Attributes:
        actor_of: Tracked shopper id to the person whom it followed most of the time; ids of nobody are not in it.
        switches: How often a person in the store went on under another id, or an id with another person.
        present: People in the store, summed over the snapshots.
        missed: Those of them whom no track was near.
        invented: Tracks that were near nobody, summed over the snapshots.
    """

    actor_of: Mapping[str, str]
    switches: int
    present: int
    missed: int
    invented: int


def who_is_who(snapshots: Iterable[Shoppers], frames: Frames, people: Sequence[TruePerson]) -> Identities:
    """Matches tracks with people by where they are.

    In each snapshot tracks and people within `NEAR` are paired, as many as can be and then as near as can be; a pair
    of the last snapshot that is still near stays one, so that ids do not seem to jump between people who stand close
    (CLEAR MOT: Bernardin and Stiefelhagen, 2008). An id is the person with whom it was paired most often.

    Args:
        snapshots: What the tracker said, by stamp.
        frames: Where everybody was; the one nearest to each snapshot counts.
        people: When they came and left: outside nobody needs to be seen.
    """
    places = trunks(frames.joints, COCO_17)
    inside = _inside(frames, people)
    paired: defaultdict[str, Counter[str]] = defaultdict(Counter)
    last_id: dict[str, str] = {}
    last_name: dict[str, str] = {}
    pairs: dict[str, str] = {}
    switches = present = missed = invented = 0
    for snapshot in snapshots:
        frame = _nearest(frames.stamps, snapshot.stamp)
        ids = [shopper.shopper_id for shopper in snapshot.shoppers]
        tracked = np.array([trunks(shopper.positions, snapshot.joints) for shopper in snapshot.shoppers])
        there = {name for name, is_inside in zip(frames.names, inside[frame], strict=True) if is_inside}
        pairs = _paired(ids, tracked.reshape(-1, 2), frames.names, places[frame], pairs)
        for shopper_id, name in pairs.items():
            paired[shopper_id][name] += 1
            if name in there:
                switches += last_id.get(name, shopper_id) != shopper_id or last_name.get(shopper_id, name) != name
                last_id[name], last_name[shopper_id] = shopper_id, name
        present += len(there)
        missed += len(there - set(pairs.values()))
        invented += len(ids) - len(pairs)
    actor_of = {shopper_id: names.most_common(1)[0][0] for shopper_id, names in paired.items()}
    return Identities(actor_of, switches, present, missed, invented)


def trunks(joints: NDArray[np.floating], names: tuple[str, ...]) -> Floats:
    """Where people are on the floor.

    Args:
        joints: In `map`, metres, shape [..., joint, 3]; NaN where unknown.
        names: Of the joints.

    Returns:
        x, y of the middle of the known joints of the trunk, else of all known joints, shape [..., 2]; NaN where none
        is known.
    """
    trunk = [index for index, name in enumerate(names) if name in TRUNK]
    middle = _mean(joints[..., trunk, :2])
    return np.where(np.isnan(middle), _mean(joints[..., :2]), middle)


def nearest(apart: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of who is who at one moment: as many as are `NEAR` each other, and of those the nearest.

    Args:
        apart: Metres between those of the rows and those of the columns, shape [N, M]; NaN where either is unknown.
    """
    from scipy.optimize import linear_sum_assignment  # takes a second to import: not before anything is compared

    near = apart <= NEAR  # False where either is unknown
    rows, columns = linear_sum_assignment(np.where(near, apart, FAR))
    kept = near[rows, columns]
    return rows[kept], columns[kept]


def _inside(frames: Frames, people: Sequence[TruePerson]) -> NDArray[np.bool_]:
    """Whether each of `frames.names` is in the store, shape [T, P]; in a store without gates, from first to last."""
    visits = {person.name: (person.entered, person.left) for person in people}
    inside = np.asarray(np.isfinite(frames.joints).any(axis=(2, 3)))
    for column, name in enumerate(frames.names):
        entered, left = visits[name]
        inside[:, column] &= frames.stamps >= (entered or 0)
        if left is not None:
            inside[:, column] &= frames.stamps <= left
    return inside


def _mean(points: NDArray[np.floating]) -> Floats:
    """Mean over the last but one axis of what is known; NaN where nothing is, without numpy's warning."""
    known = ~np.isnan(points)
    count = known.sum(axis=-2)
    total = np.where(known, points, 0.0).sum(axis=-2, dtype=np.float64)
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def _nearest(stamps: NDArray[np.int64], stamp: int) -> int:
    after = min(int(np.searchsorted(stamps, stamp)), len(stamps) - 1)
    before = max(after - 1, 0)
    return before if abs(int(stamps[before]) - stamp) <= abs(int(stamps[after]) - stamp) else after


def _paired(
    ids: list[str], tracked: Floats, names: tuple[str, ...], places: Floats, before: Mapping[str, str]
) -> dict[str, str]:
    """Shopper id to name, of those who are near each other now; who was a pair stays one while they are."""
    apart = np.linalg.norm(tracked[:, None] - places[None], axis=2)
    stays = np.array([[before.get(shopper_id) == name for name in names] for shopper_id in ids], dtype=bool)
    stays = stays.reshape(apart.shape) & (apart <= NEAR)
    rows, columns = nearest(np.where(stays, 0.0, apart))
    return {ids[row]: names[column] for row, column in zip(rows, columns, strict=True)}
