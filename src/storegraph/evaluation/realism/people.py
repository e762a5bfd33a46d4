"""How people are seen: how often, which joints are missing, how they jitter, and where hands are when goods move."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Shopper
from storegraph.store.geometry import ScaleGeometry
from storegraph.units import NANOSECONDS

from .figures import Figures, Quantity
from .heard import Heard

Floats = NDArray[np.float64]

JOINTS = ("shoulder", "elbow", "wrist")
"""Looked at, left and right together: what the trackers of the real recording and ours both give."""

NEAR = 0.25
"""Seconds between a snapshot of people and the middle of an event that it still belongs to."""

NOT_TWICE = 0.05
"""Seconds that snapshots must be apart to count for jitter: the real tracker speaks every 0.1 s, and again 7 ms
later."""

APART = 0.2
"""Snapshots of one shopper further apart than this do not follow on each other, seconds: three times the real
interval."""


def people_figures(heard: Heard) -> Figures:
    """Everything about people; nothing where the recording has no shoppers."""
    if len(heard.shoppers) < 2 or not any(snapshot.shoppers for _, snapshot in heard.shoppers):
        return {}
    stamps = np.array([snapshot.stamp for _, snapshot in heard.shoppers])
    received = np.array([log_time for log_time, _ in heard.shoppers])
    span = (stamps.max() - stamps.min()) / NANOSECONDS
    figures = {
        Quantity("snapshots of people a second", "Hz", "recording"): np.array([(len(stamps) - 1) / span]),
        Quantity("between snapshots of people", "s", "snapshot"): np.diff(np.sort(stamps)) / NANOSECONDS,
        Quantity("from a snapshot's stamp to its receipt", "s", "snapshot"): (received - stamps) / NANOSECONDS,
    }
    for joint in JOINTS:
        positions, confidence, times = _followed(heard, joint)
        seen = [np.isfinite(each[:, 0]) for each in positions]
        missing = [1.0 - each.mean() for each in seen]
        scores = [score[found] for score, found in zip(confidence, seen, strict=True)]
        figures |= {
            Quantity(f"{joint}, not seen", "", "shopper and side"): np.array(missing),
            Quantity(f"{joint}, not seen for so long", "s", "spell"): _spells(seen, times),
            Quantity(f"{joint}, confidence", "", "joint"): _all(scores),
            Quantity(f"{joint}, jitter, sigma an axis", "m", "shopper and side"): _jitter(positions, times),
        }
    figures[Quantity("from the nearest wrist to the middle of the goods", "m", "event")] = distances(heard)
    return figures


def distances(heard: Heard) -> Floats:
    """From the nearest wrist to the middle of the goods of each event while it happens, metres, shape [event]."""
    geometry = ScaleGeometry.of(heard.store)
    moments = np.array([snapshot.stamp for _, snapshot in heard.shoppers], dtype=np.int64)
    found = []
    for event in heard.events:
        middle = (event.begin + event.end) // 2
        goods = geometry.select({change.scale for change in event.changes}).centre
        snapshots = [
            heard.shoppers[index][1] for index in np.flatnonzero(np.abs(moments - middle) < NEAR * NANOSECONDS)
        ]
        wrists = [
            shopper.positions[snapshot.joints.index(f"{side}_wrist")]
            for snapshot in snapshots
            for shopper in snapshot.shoppers
            for side in ("left", "right")
            if f"{side}_wrist" in snapshot.joints
        ]
        apart = np.linalg.norm(np.array(wrists, dtype=np.float64).reshape(-1, 1, 3) - goods, axis=2)
        if np.isfinite(apart).any():
            found.append(float(np.nanmin(apart)))
    return np.array(found)


def _followed(heard: Heard, joint: str) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """Positions [T, 3], confidence [T] and times [T] (seconds, in order) of a joint of every shopper, side by side."""
    kept: dict[tuple[str, str], list[tuple[int, Shopper, int]]] = defaultdict(list)
    for _, snapshot in heard.shoppers:
        for index, name in enumerate(snapshot.joints):
            if name in (f"left_{joint}", f"right_{joint}"):
                for shopper in snapshot.shoppers:
                    kept[shopper.shopper_id, name].append((snapshot.stamp, shopper, index))
    positions, confidence, times = [], [], []
    for seen in kept.values():
        seen.sort(key=lambda each: each[0])
        positions.append(np.array([shopper.positions[index] for _, shopper, index in seen], dtype=np.float64))
        confidence.append(np.array([shopper.confidence[index] for _, shopper, index in seen], dtype=np.float64))
        times.append(np.array([(stamp - heard.begin) / NANOSECONDS for stamp, _, _ in seen]))
    return positions, confidence, times


def _spells(seen: list[NDArray[np.bool_]], times: list[Floats]) -> Floats:
    """How long a joint is missing between two snapshots that have it, seconds, shape [spell]."""
    spells = []
    for found, moments in zip(seen, times, strict=True):
        there = np.flatnonzero(found)
        lost = np.diff(there) > 1
        spells.append(moments[there[1:][lost]] - moments[there[:-1][lost]])
    return _all(spells)


def _all(parts: list[Floats]) -> Floats:
    """The values of all parts, of which there may be none."""
    return np.concatenate([*parts, np.empty(0)])


def _jitter(positions: list[Floats], times: list[Floats]) -> Floats:
    """Noise of each joint's position, from how far it lies off the line between its neighbours in time, metres.

    The median absolute deviation of these residuals, as a standard deviation; a hand that accelerates adds
    to it: at 15 snapshots a second and 3 m/s2 some 5 mm.
    """
    jitter = []
    for points, moments in (_thinned(*each) for each in zip(positions, times, strict=True)):
        before, after = moments[1:-1] - moments[:-2], moments[2:] - moments[1:-1]
        close = (before > 0.0) & (after > 0.0) & (before + after < 2.0 * APART)
        share = (before[close] / (before + after)[close])[:, None]
        off = points[1:-1][close] - (1.0 - share) * points[:-2][close] - share * points[2:][close]
        off /= np.sqrt(1.0 + share**2 + (1.0 - share) ** 2)
        off = off[np.isfinite(off).all(axis=1)]
        if len(off):
            jitter.append(1.4826 * float(np.median(np.abs(off))))
    return np.array(jitter)


def _thinned(points: Floats, moments: Floats) -> tuple[Floats, Floats]:
    """Only what is at least `NOT_TWICE` later than the one before."""
    kept = [0]
    for index, moment in enumerate(moments):
        if moment - moments[kept[-1]] >= NOT_TWICE:
            kept.append(index)
    return points[kept], moments[kept]
