"""How well people were followed: identities, and where their joints are, beside the truth.

MOTA (Bernardin and Stiefelhagen, 2008), IDF1 (Ristani et al., 2016) and HOTA (Luiten et al., 2021) are TrackEval's. A
track and a person may be one where their trunks are at most `NEAR` apart on the floor; their similarity falls from 1 at
the same place to one half there, so that TrackEval's threshold of one half means `NEAR`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from storegraph.observations import COCO_17, Shoppers, ShopperState
from storegraph.simulation.truth import Frames, TruePerson
from storegraph.store.geometry import ScaleGeometry

from .identities import NEAR, nearest, trunks

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LIMBS = tuple(
    (COCO_17.index(f"{side}_{near}"), COCO_17.index(f"{side}_{far}"))
    for near, far in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    for side in ("left", "right")
)
"""Upper arms, lower arms, upper and lower legs, left and right of each."""

LOWER_ARMS = (2, 3)
"""Of `LIMBS`."""

WRISTS = [COCO_17.index("left_wrist"), COCO_17.index("right_wrist")]

AT_SHELF = 0.3
"""Metres from the goods of a scale within which a wrist is near a shelf: a hand's length, and a little on the way."""


@dataclass(frozen=True, slots=True)
class TrackScores:
    """How well people were followed. Shares are from 0 to 1; NaN where there was nothing to judge.

    Attributes:
        people: In the truth.
        tracks: Ids under which somebody was followed.
        moments: Snapshots that were compared.
        mota: Multiple object tracking accuracy, at most 1.
        idf1: F1 of identities.
        hota: Higher order tracking accuracy, mean over all thresholds.
        switches: How often a person went on under another id.
        missed: Share of people's moments in the store at which nobody followed them.
        joint_error: Mean over the known joints of those who are followed (MPJPE), metres.
        limbs: Share of correct limbs (PCP, Ferrari et al. 2008, in 3D as Belagiannis et al. 2014): the mean error of
            both ends is at most half the limb's length. An unknown end is wrong.
        lower_arms: The same of lower arms alone.
        wrist_error: Median of wrists near shelves that are known, metres.
        wrist_known: Share of wrists near shelves that are known.
    """

    people: int
    tracks: int
    moments: int
    mota: float
    idf1: float
    hota: float
    switches: int
    missed: float
    joint_error: float
    limbs: float
    lower_arms: float
    wrist_error: float
    wrist_known: float


class _Moment(NamedTuple):
    """People [P] and tracks [K] at one moment, by index, and their joints [P, 17, 3] and [K, 17, 3], metres."""

    people: NDArray[np.intp]
    tracks: NDArray[np.intp]
    truth: Floats
    tracked: Floats


def score_tracks(
    snapshots: Iterable[Shoppers], frames: Frames, people: Sequence[TruePerson], goods: ScaleGeometry
) -> TrackScores:
    """Compares what tracking said with the truth.

    Args:
        snapshots: What it said, by stamp. Who is not yet taken for a person does not count.
        frames: Where everybody was; in between they moved evenly.
        people: When they came and left: outside nobody needs to be seen.
        goods: Where the shelves are.
    """
    ids: dict[str, int] = {}
    moments = list(_moments(snapshots, frames, people, ids))
    distances = [_apart(moment.truth, moment.tracked) for moment in moments]
    similarities = [np.nan_to_num(np.maximum(0.0, 1 - apart / (2 * NEAR)), nan=0.0) for apart in distances]
    figures = _judged(moments, similarities, len(frames.names), len(ids))
    pairs = [nearest(apart) for apart in distances]
    truth = _stacked([moment.truth[rows] for moment, (rows, _) in zip(moments, pairs, strict=True)])
    tracked = _stacked([moment.tracked[columns] for moment, (_, columns) in zip(moments, pairs, strict=True)])
    errors = np.linalg.norm(tracked - truth, axis=2)
    correct = _correct_limbs(truth, errors)
    wrists = errors[:, WRISTS][_at_shelf(truth[:, WRISTS], goods)]
    present = sum(len(moment.people) for moment in moments)
    return TrackScores(
        people=len(frames.names),
        tracks=len(ids),
        moments=len(moments),
        mota=figures["MOTA"],
        idf1=figures["IDF1"],
        hota=figures["HOTA"],
        switches=int(figures["IDSW"]),
        missed=1 - len(truth) / present if present else float("nan"),
        joint_error=_mean(errors[np.isfinite(errors)]),
        limbs=_mean(correct),
        lower_arms=_mean(correct[:, LOWER_ARMS]),
        wrist_error=_median(wrists[np.isfinite(wrists)]),
        wrist_known=_mean(np.isfinite(wrists)),
    )


def track_table(scores: TrackScores) -> Table:
    """The scores as a table for the terminal."""
    table = Table(title="Tracks and the truth", title_justify="left", show_header=False)
    table.add_row("people, and ids they were followed under", f"{scores.people}, {scores.tracks}")
    table.add_row("MOTA, IDF1, HOTA", f"{scores.mota:.1%}, {scores.idf1:.1%}, {scores.hota:.1%}")
    table.add_row("identity switches", f"{scores.switches}")
    table.add_row("not followed", f"{scores.missed:.1%} of their time in the store")
    table.add_row("error of a joint, mean", f"{1e3 * scores.joint_error:.0f} mm")
    table.add_row("correct limbs, lower arms (PCP)", f"{scores.limbs:.1%}, {scores.lower_arms:.1%}")
    table.add_row("error of a wrist near shelves, median", f"{1e3 * scores.wrist_error:.0f} mm")
    table.add_row("wrists near shelves that are known", f"{scores.wrist_known:.1%}")
    return table


def _moments(
    snapshots: Iterable[Shoppers], frames: Frames, people: Sequence[TruePerson], ids: dict[str, int]
) -> Iterator[_Moment]:
    visits = {person.name: person for person in people}
    entered = np.array([visits[name].entered or 0 for name in frames.names], dtype=np.int64)
    left = np.array([visits[name].left or frames.stamps[-1] for name in frames.names], dtype=np.int64)
    for snapshot in snapshots:
        joints = _between(frames, snapshot.stamp)
        inside = (entered <= snapshot.stamp) & (snapshot.stamp <= left) & np.isfinite(joints[:, 0, 0])
        order = [snapshot.joints.index(joint) if joint in snapshot.joints else -1 for joint in COCO_17]
        followed = [each for each in snapshot.shoppers if each.state is not ShopperState.TENTATIVE]
        tracked = np.full((len(followed), len(COCO_17), 3), np.nan)
        for row, shopper in enumerate(followed):
            tracked[row] = np.vstack([shopper.positions, np.full((1, 3), np.nan)])[order]
        counted = ~_of_others(joints, inside, tracked)
        names = [each.shopper_id for each, counts in zip(followed, counted, strict=True) if counts]
        yield _Moment(
            people=np.flatnonzero(inside),
            tracks=np.array([ids.setdefault(name, len(ids)) for name in names], dtype=np.intp),
            truth=joints[inside],
            tracked=tracked[counted],
        )


def _of_others(joints: Floats, inside: Flags, tracked: Floats) -> Flags:
    """Which tracks [K, 17, 3] are of people who need not be followed: they are before the gate."""
    rows, columns = nearest(_apart(joints, tracked))
    others = np.zeros(len(tracked), dtype=np.bool_)
    others[columns] = ~inside[rows]
    return others


def _between(frames: Frames, stamp: int) -> Floats:
    """Everybody's joints [P, 17, 3] at a moment, metres; NaN where they are not there yet or any more."""
    after = int(np.clip(np.searchsorted(frames.stamps, stamp), 1, len(frames.stamps) - 1))
    begin, end = int(frames.stamps[after - 1]), int(frames.stamps[after])
    share = min(max((stamp - begin) / (end - begin), 0.0), 1.0)
    before = frames.joints[after - 1].astype(np.float64)
    joints: Floats = before + share * (frames.joints[after] - before)
    return joints


def _apart(truth: Floats, tracked: Floats) -> Floats:
    """Metres on the floor between people [P, 17, 3] and tracks [K, 17, 3], shape [P, K]; NaN where one is unknown."""
    places, tracks = trunks(truth, COCO_17), trunks(tracked, COCO_17)
    apart: Floats = np.linalg.norm(places[:, None] - tracks[None], axis=2)
    return apart


def _judged(moments: Sequence[_Moment], similarities: Sequence[Floats], people: int, tracks: int) -> dict[str, float]:
    """What TrackEval makes of it."""
    # Loaded here: it brings its datasets' readers, and with them OpenCV.
    from trackeval.metrics import CLEAR, HOTA, Identity

    data: dict[str, Any] = {
        "num_gt_ids": people,
        "num_tracker_ids": tracks,
        "num_gt_dets": sum(len(moment.people) for moment in moments),
        "num_tracker_dets": sum(len(moment.tracks) for moment in moments),
        "num_timesteps": len(moments),
        "gt_ids": [moment.people for moment in moments],
        "tracker_ids": [moment.tracks for moment in moments],
        "similarity_scores": similarities,
    }
    quiet = {"PRINT_CONFIG": False}
    scores = {**CLEAR(quiet).eval_sequence(data), **Identity(quiet).eval_sequence(data), **HOTA().eval_sequence(data)}
    return {name: float(np.mean(scores[name])) for name in ("MOTA", "IDSW", "IDF1", "HOTA")}


def _correct_limbs(truth: Floats, errors: Floats) -> Flags:
    """Shape [N, limb]."""
    ends = np.array(LIMBS)
    lengths = np.linalg.norm(truth[:, ends[:, 0]] - truth[:, ends[:, 1]], axis=2)
    correct: Flags = errors[:, ends].mean(axis=2) <= lengths / 2  # False where an end is unknown
    return correct


def _at_shelf(wrists: Floats, goods: ScaleGeometry) -> Flags:
    """Which wrists [N, 2, 3] are near goods, shape [N, 2]."""
    if not len(goods.scales):
        return np.zeros(wrists.shape[:2], dtype=np.bool_)
    distances = goods.distance_to_volumes(wrists.reshape(-1, 3)).min(axis=1)
    near: Flags = (distances <= AT_SHELF).reshape(wrists.shape[:2])
    return near


def _stacked(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros((0, len(COCO_17), 3))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else float("nan")
