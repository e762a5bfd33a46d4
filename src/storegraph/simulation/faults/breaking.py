"""Does to streams of measurements what faults say.

A fault is in effect for what was measured between its begin and its end; of a batch of scale readings, for those of
them that were. Only `crash` also goes by when a message would have been sent. Faults follow one another in their order:
each finds the stream as the one before has left it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Keypoints, ScaleSamples, Shoppers
from storegraph.units import NANOSECONDS

from ..chance import chance
from ..stream import Recorded
from .model import Fault

Values = NDArray[np.float32]
Seconds = NDArray[np.float64]

Fate = Callable[[Recorded], Iterable[Recorded]]
"""What becomes of one message of a topic; nothing of it is heard before the message itself would have been."""


def broken(stream: Iterable[Recorded], faults: Sequence[Fault], seed: int, start: int) -> Iterator[Recorded]:
    """A stream with faults. No more of it is held than arrives within the longest delay.

    What befalls a topic does not depend on what other topics are in the stream.

    Args:
        stream: By log time.
        faults: In the order in which they are applied.
        seed: Of what they leave to chance.
        start: What their times count from, nanoseconds since the Unix epoch.

    Returns:
        By log time.
    """
    for number, fault in enumerate(faults):
        stream = _with_fault(stream, fault, partial(chance, seed, "faults", str(number)), start)
    return iter(stream)


def _with_fault(
    stream: Iterable[Recorded], fault: Fault, chance_of: Callable[[str], np.random.Generator], start: int
) -> Iterator[Recorded]:
    """The stream with one fault: what is heard later waits until everything before it has been heard."""
    when = _When.of(fault, start)
    fates: dict[str, Fate] = {}
    waiting: list[tuple[int, str, int, Recorded]] = []
    order = count()
    for recorded in stream:
        while waiting and waiting[0][0] < recorded.log_time:
            yield heappop(waiting)[-1]
        topic = recorded.topic
        if topic not in fates:
            struck = fnmatchcase(topic, fault.stream)
            fates[topic] = _KINDS[fault.kind](fault, when, chance_of(topic)) if struck else _spare
        for heard in fates[topic](recorded):
            heappush(waiting, (heard.log_time, topic, next(order), heard))
    while waiting:
        yield heappop(waiting)[-1]


def _spare(recorded: Recorded) -> Iterator[Recorded]:
    yield recorded


@dataclass(frozen=True, slots=True)
class _When:
    """When a fault is in effect, nanoseconds since the Unix epoch.

    Attributes:
        begin: When it begins.
        since: For what was measured since then: what was heard at the beginning of a recording was measured before it,
            and a fault that is there from the beginning has struck it too.
        end: May be infinite.
    """

    begin: int
    since: float
    end: float

    @classmethod
    def of(cls, fault: Fault, start: int) -> _When:
        begin = start + round(fault.begin * NANOSECONDS)
        end = start + round(fault.end * NANOSECONDS) if math.isfinite(fault.end) else math.inf
        return cls(begin, begin if fault.begin else -math.inf, end)

    def covers(self, stamp: int) -> bool:
        return self.since <= stamp < self.end


# ---- On the way ------------------------------------------------------------------------------------------------------


def _drop(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    def fate(recorded: Recorded) -> Iterator[Recorded]:
        if not _strikes(recorded, fault, when, rng):
            yield recorded

    return fate


def _delay(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    """A slow link that keeps the order: what comes behind a message that is held up waits with it."""
    last = 0

    def fate(recorded: Recorded) -> Iterator[Recorded]:
        nonlocal last
        heard = _held_up(recorded, fault, rng) if _strikes(recorded, fault, when, rng) else recorded
        last = max(last, heard.log_time)
        yield heard._replace(log_time=last)

    return fate


def _reorder(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    """A link of several ways: what is held up is overtaken."""

    def fate(recorded: Recorded) -> Iterator[Recorded]:
        yield _held_up(recorded, fault, rng) if _strikes(recorded, fault, when, rng) else recorded

    return fate


def _duplicate(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    def fate(recorded: Recorded) -> Iterator[Recorded]:
        yield recorded
        if _strikes(recorded, fault, when, rng):
            yield _held_up(recorded, fault, rng)

    return fate


def _strikes(recorded: Recorded, fault: Fault, when: _When, rng: np.random.Generator) -> bool:
    return when.covers(recorded.observation.stamp) and rng.random() < fault.share


def _held_up(recorded: Recorded, fault: Fault, rng: np.random.Generator) -> Recorded:
    return recorded._replace(log_time=recorded.log_time + round(rng.uniform(0.0, fault.seconds) * NANOSECONDS))


def _crash(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    """A driver that dies and is started again: it sends nothing, and then knows nothing of before.

    Scale readings come in other batches then: the first begins with the first reading of the new driver. A batch is
    heard when the one would have been that brought its last reading.
    """
    unsent: dict[tuple[str, ...], _Readings] = {}

    def fate(recorded: Recorded) -> Iterator[Recorded]:
        seen = recorded.observation
        if recorded.log_time < when.begin:
            yield recorded
        elif isinstance(seen, ScaleSamples):
            fresh = _Readings(_stamps_of(seen), seen.grams).since(when.end)
            rest, size = fresh.after(unsent.get(seen.scales), seen.rate), len(seen.grams)
            while len(rest.stamps) >= size:
                batch = replace(seen, stamp=int(rest.stamps[0]), grams=rest.grams[:size])
                yield recorded._replace(observation=batch)
                rest = _Readings(rest.stamps[size:], rest.grams[size:])
            unsent[seen.scales] = rest
        elif seen.stamp >= when.end:
            yield recorded

    return fate


@dataclass(frozen=True, slots=True, eq=False)
class _Readings:
    """Readings of the same scales: nanoseconds since the Unix epoch, shape [sample], and grams, [sample, scale]."""

    stamps: NDArray[np.int64]
    grams: Values

    def since(self, stamp: float) -> _Readings:
        kept = self.stamps >= stamp
        return _Readings(self.stamps[kept], self.grams[kept])

    def after(self, rest: _Readings | None, rate: float) -> _Readings:
        """Both together; these alone where readings are missing between them, for a batch has no holes."""
        if rest is None or not len(rest.stamps) or not len(self.stamps):
            return self
        if self.stamps[0] - rest.stamps[-1] > 1.5 * NANOSECONDS / rate:
            return self
        return _Readings(np.concatenate([rest.stamps, self.stamps]), np.concatenate([rest.grams, self.grams]))


def _stamps_of(samples: ScaleSamples) -> NDArray[np.int64]:
    """When each sample was measured, nanoseconds since the Unix epoch, shape [sample]."""
    return samples.stamp + np.round(np.arange(len(samples.grams)) * (NANOSECONDS / samples.rate)).astype(np.int64)


# ---- What is measured ------------------------------------------------------------------------------------------------


def _skew(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    """A clock that is wrong; messages arrive when they did."""
    shift = round(fault.seconds * NANOSECONDS)

    def fate(recorded: Recorded) -> Iterator[Recorded]:
        seen: Any = recorded.observation
        late = when.covers(seen.stamp)
        yield recorded._replace(observation=replace(seen, stamp=seen.stamp + shift)) if late else recorded

    return fate


def _nan(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    return partial(_changed, fault, when, lambda values, seconds: np.full_like(values, np.nan))


def _offset(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    return partial(_changed, fault, when, lambda values, seconds: values + np.float32(fault.amount))


def _drift(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    """At its end it has come as far as it goes, and stays there: nothing weighs less because drifting ends."""

    def change(values: Values, seconds: Seconds) -> Values:
        drifted = fault.amount * np.clip(seconds, 0.0, fault.end - fault.begin)
        return (values + drifted.reshape(-1, *(1,) * (values.ndim - 1))).astype(np.float32)

    return partial(_changed, fault, replace(when, end=math.inf), change)


def _changed(
    fault: Fault, when: _When, change: Callable[[Values, Seconds], Values], recorded: Recorded
) -> Iterator[Recorded]:
    """A message with other values.

    Args:
        fault: What strikes.
        when: When.
        change: From values, shape [moment, …], and the seconds since the fault began, shape [moment], to other values.
        recorded: Of a passage through a gate there are no values: it is as it was.
    """
    seen = recorded.observation
    if isinstance(seen, ScaleSamples):
        stamps = _stamps_of(seen)
        rows = np.flatnonzero((stamps >= when.since) & (stamps < when.end))
        cells = np.ix_(rows, _columns(seen, fault))
        grams = seen.grams.copy()
        grams[cells] = change(grams[cells], (stamps[rows] - when.begin) / NANOSECONDS)
        seen = replace(seen, grams=grams)
    elif when.covers(seen.stamp):
        seconds = np.array([(seen.stamp - when.begin) / NANOSECONDS])
        if isinstance(seen, Keypoints):
            people = (replace(person, points=change(person.points[None], seconds)[0]) for person in seen.people)
            seen = replace(seen, people=tuple(people))
        elif isinstance(seen, Shoppers):
            shoppers = (replace(each, positions=change(each.positions[None], seconds)[0]) for each in seen.shoppers)
            seen = replace(seen, shoppers=tuple(shoppers))
    yield recorded._replace(observation=seen)


def _columns(samples: ScaleSamples, fault: Fault) -> NDArray[np.intp]:
    """The columns of the scales that the fault strikes."""
    return np.flatnonzero([not fault.scales or scale in fault.scales for scale in samples.scales])


def _freeze(fault: Fault, when: _When, rng: np.random.Generator) -> Fate:
    """A sensor that says again and again what it said before the fault began, with stamps that go on.

    Where it said nothing before, what it said first.
    """
    grams: dict[str, np.float32] = {}
    held: dict[type, Any] = {}

    def fate(recorded: Recorded) -> Iterator[Recorded]:
        seen = recorded.observation
        if isinstance(seen, ScaleSamples):
            yield recorded._replace(observation=frozen(seen))
        elif isinstance(seen, Keypoints | Shoppers) and seen.stamp < when.since:
            held[type(seen)] = seen
            yield recorded
        elif isinstance(seen, Keypoints | Shoppers) and when.covers(seen.stamp):
            yield recorded._replace(observation=replace(held.setdefault(type(seen), seen), stamp=seen.stamp))
        else:
            yield recorded

    def frozen(samples: ScaleSamples) -> ScaleSamples:
        stamps = _stamps_of(samples)
        before, during = stamps < when.since, (stamps >= when.since) & (stamps < when.end)
        values = samples.grams.copy()
        for column in _columns(samples, fault):
            scale, readings = samples.scales[column], values[:, column]
            if before.any():
                grams[scale] = readings[before][-1]
            if during.any():
                readings[during] = grams.setdefault(scale, readings[during][0])
        return replace(samples, grams=values)

    return fate


_KINDS: Mapping[str, Callable[[Fault, _When, np.random.Generator], Fate]] = {
    "drop": _drop,
    "delay": _delay,
    "duplicate": _duplicate,
    "reorder": _reorder,
    "freeze": _freeze,
    "nan": _nan,
    "skew": _skew,
    "offset": _offset,
    "drift": _drift,
    "crash": _crash,
}
