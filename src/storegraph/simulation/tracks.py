"""Shoppers as a good tracker gives them, without cameras."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from storegraph.graph.topics import SHOPPERS
from storegraph.observations import COCO_17, Passage, Shopper, Shoppers, ShopperState
from storegraph.units import NANOSECONDS

from .chance import chance
from .performance import FRAME_RATE, Actor, Floats, Performance, stamp_at
from .stream import Recorded

AXES = np.array([1, 0, 0, 1, 0, 1], dtype=np.float32)
"""Of a covariance xx, xy, xz, yy, yz, zz that is the same along every axis."""

TRUNK_AND_HEAD = np.array([name.partition("_")[2] in ("", "eye", "ear", "shoulder", "hip") for name in COCO_17])


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How good the tracker is.

    The values are fitted to the one shopper of a real recording (AutoCheckout BENCHMARK-1, 276 snapshots of 8 joints by
    ceiling cameras in an empty aisle), by the lengths of bones, which do not change in truth:
    `pytest -k as_far_off_as_those_of_a_real_tracker` compares them.

    Attributes:
        rate: Snapshots a second: 14.9 there.
        sigma: Median standard deviation along an axis of the error of elbows, wrists, knees and ankles, metres. Lengths
            of arm bones have a standard deviation of 0.019 to 0.024 m, without those wrong by more than 0.08 m.
        trunk: The same of other joints, as a share of it: 0.016 m between the shoulders.
        spread: Standard deviation of the logarithm of that standard deviation, as it changes: with it 4 % of the
            lengths of forearms are wrong by more than 0.08 m; 5.5 and 6.9 % are there, in five spells.
        changes: Time constant of that change, seconds: such spells last 0.1 to 0.6 s.
        memory: Time constant of an error, seconds: a bone's length is like itself by 0.8 from one snapshot to the next,
            by 0.4 after four.
        hidden: Share of joints that are not known: 0.9 %.
        hidden_for: Mean time for which one is not, seconds: spells of 2 to 5 snapshots.
        doubt: A joint with this standard deviation has the confidence 1/e, metres. Scores have the median 0.95 and are
            below 0.80 in 5 %.
        latency: From the moment to the message, seconds: a camera's period of 0.1 s, its latency and as much time for
            tracking. (There it is 2.3 s, through a data centre.)
        jitter: Mean of what comes on top of it, exponentially distributed, seconds.
    """

    rate: float = 15.0
    sigma: float = 0.010
    trunk: float = 0.6
    spread: float = 1.0
    changes: float = 1.0
    memory: float = 0.5
    hidden: float = 0.009
    hidden_for: float = 0.17
    doubt: float = 0.2
    latency: float = 0.2
    jitter: float = 0.01


def shoppers(performance: Performance, settings: TrackSettings | None = None) -> Iterator[Recorded]:
    """Everybody in the store at `rate`, from crossing the entrance to crossing the exit, by log time.

    Ids are the actors' names. A store without gates has no crossings: there people are tracked while they are there.
    Covariance and confidence tell how large the errors really are.

    Args:
        performance: What really happens.
        settings: How good the tracker is.
    """
    settings = settings or TrackSettings()
    count = int(performance.duration * settings.rate)
    stays = sorted(_stays(performance, settings, count), key=lambda stay: stay.begin)
    random = chance(performance.script.seed, "tracks", "latency")
    present: list[_Track] = []
    heard = 0
    for snapshot in range(count):
        while stays and stays[0].begin <= snapshot:
            present.append(_Track(stays.pop(0), performance.script.seed, settings))
        present = [track for track in present if snapshot <= track.stay.end]
        stamp = stamp_at(snapshot / settings.rate)
        late = settings.latency + random.exponential(settings.jitter)
        heard = max(heard, stamp + round(late * NANOSECONDS))
        seen = tuple(track.at(snapshot) for track in present)
        yield Recorded(heard, SHOPPERS.name, Shoppers(stamp, COCO_17, seen))


@dataclass(frozen=True, slots=True)
class _Stay:
    """An actor between the gates, and the first and last snapshot of it."""

    actor: Actor
    begin: int
    end: int


def _stays(performance: Performance, settings: TrackSettings, count: int) -> Iterator[_Stay]:
    for actor in performance.actors:
        there = actor.first / FRAME_RATE, actor.last / FRAME_RATE
        entries, exits = (
            [each.time for each in performance.crossings if each.actor == actor.name and each.passage is passage]
            for passage in Passage
        )
        for came, went in zip_longest(entries or there[:1], exits, fillvalue=there[1]):
            begin = math.ceil(came * settings.rate)
            end = min(math.floor(went * settings.rate), count - 1)
            if begin <= end:
                yield _Stay(actor, begin, end)


class _Track:
    """What the tracker makes of one stay."""

    def __init__(self, stay: _Stay, seed: int, settings: TrackSettings) -> None:
        self.stay = stay
        random = chance(seed, "tracks", stay.actor.name, str(stay.begin))
        shape = (stay.end - stay.begin + 1, len(COCO_17))
        times = np.arange(stay.begin, stay.end + 1) / settings.rate
        usual = settings.sigma * np.where(TRUNK_AND_HEAD, settings.trunk, 1.0)
        sigma = usual * np.exp(settings.spread * _wandering(random, shape, settings.changes * settings.rate))
        error = sigma[..., None] * _wandering(random, (*shape, 3), settings.memory * settings.rate)
        hidden = _spells(random, shape, settings.hidden, settings.hidden_for * settings.rate)
        positions = _joints_at(stay.actor, times) + error
        self._positions = np.where(hidden[..., None], np.nan, positions).astype(np.float32)
        self._variances = np.where(hidden, np.nan, sigma**2).astype(np.float32)
        self._confidence = np.where(hidden, 0.0, np.exp(-sigma / settings.doubt)).astype(np.float32)

    def at(self, snapshot: int) -> Shopper:
        """The shopper in this snapshot of the performance."""
        row = snapshot - self.stay.begin
        return Shopper(
            self.stay.actor.name,
            ShopperState.TRACKED,
            self._positions[row],
            self._variances[row][:, None] * AXES,
            self._confidence[row],
        )


def _joints_at(actor: Actor, times: Floats) -> Floats:
    """Joints between the frames, shape [T, 17, 3]."""
    frames = np.clip(times * FRAME_RATE - actor.first, 0.0, len(actor.joints) - 1.0)
    before = np.minimum(frames.astype(np.intp), max(len(actor.joints) - 2, 0))
    share = (frames - before)[:, None, None]
    after = np.minimum(before + 1, len(actor.joints) - 1)
    joints: Floats = (1 - share) * actor.joints[before] + share * actor.joints[after]
    return joints


def _wandering(random: np.random.Generator, shape: tuple[int, ...], memory: float) -> Floats:
    """Standard normal, and like itself from one row to the next: an Ornstein-Uhlenbeck process.

    Args:
        random: Where chance comes from.
        shape: Time first.
        memory: Time constant, rows.
    """
    kept = np.exp(-1 / memory)
    noise = random.standard_normal(shape)
    noise[1:] *= np.sqrt(1 - kept**2)
    wandering: Floats = lfilter([1.0], [1.0, -kept], noise, axis=0)
    return wandering


def _spells(random: np.random.Generator, shape: tuple[int, int], share: float, length: float) -> NDArray[np.bool_]:
    """True for spells of so many rows in the mean, for this share of the time in all."""
    if share <= 0:
        return np.zeros(shape, dtype=np.bool_)
    draws = random.random(shape)
    ends = 1 / max(length, 1.0)
    begins = min(ends * share / (1 - share), 1.0)
    spells = np.empty(shape, dtype=np.bool_)
    spells[0] = draws[0] < share
    for row in range(1, len(draws)):
        spells[row] = np.where(spells[row - 1], draws[row] >= ends, draws[row] < begins)
    return spells
