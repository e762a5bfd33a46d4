"""The weighing stage: scale samples in, weight events and scale faults out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from storegraph.observations import ScaleChange, ScaleCondition, ScaleFault, ScaleSamples, WeightEvent
from storegraph.store.model import Fixture, Store
from storegraph.units import NANOSECONDS

from .grouping import Grouping, Movement, neighbours
from .model import DEFAULTS, PlateChange, WeighingSettings
from .plates import Plates
from .stream import SampleStream, samples_per_block

Output = WeightEvent | ScaleFault

SPREAD = 0.25
"""Standard deviation of the cross-talk between plates of a shelf, as a share of `cross_talk_share`. Measured beside a
plate that lost 623 g: 1.0 and 1.4 % on the next two to the left, none to the right; root mean square 0.86 %."""


class _Stream:
    """The scales that come in the same messages: their samples and what is known of them."""

    def __init__(
        self, samples: ScaleSamples, known: tuple[str, ...], condition: list[ScaleCondition], settings: WeighingSettings
    ) -> None:
        columns = None if known == samples.scales else [samples.scales.index(scale) for scale in known]
        rate = float(samples.rate)
        self.message_scales = samples.scales
        self.samples = SampleStream(len(known), columns, rate, samples.stamp, settings)
        self.plates = Plates(known, condition, rate, samples_per_block(rate, settings), settings)

    def turn(self) -> tuple[int, str]:
        """Orders the streams of a fixture: by what they have reached, then by their first scale."""
        return self.samples.reached, self.message_scales[0]


class _FixtureState:
    """One fixture: its streams, in step with each other, and the changes that wait for company.

    What is told carries no stamp from before the message, or the silence, that made it known: whoever was promised that
    nothing earlier would come has gone on.
    """

    def __init__(self, fixture: Fixture, settings: WeighingSettings) -> None:
        self.id = fixture.id
        self.streams: dict[str, _Stream] = {}
        self.condition = {scale.id: ScaleCondition.OK for shelf in fixture.shelves for scale in shelf.scales}
        self._settings = settings
        self._silent_after = round(settings.silent_after * NANOSECONDS)
        self._grouping = Grouping(neighbours(fixture, settings), settings)
        self._reached = 0
        self._shelf_of = {scale.id: shelf.id for shelf in fixture.shelves for scale in shelf.scales}

    def append(self, samples: ScaleSamples) -> list[str]:
        """Puts a message into the stream of its scales; starts a new stream where scales or rate are not as before.

        Returns:
            Scales that the fixture does not have, when they are seen first.
        """
        self._reached = max(self._reached, samples.stamp)
        unknown: list[str] = []
        stream = self.streams.get(samples.key)
        if stream is None or stream.message_scales != samples.scales or stream.samples.rate != samples.rate:
            known = tuple(scale for scale in dict.fromkeys(samples.scales) if scale in self.condition)
            unknown = [scale for scale in samples.scales if scale not in self.condition]
            if not known:
                return unknown
            self.streams = {
                key: other for key, other in self.streams.items() if not set(other.plates.scales) & set(known)
            }
            stream = _Stream(samples, known, [self.condition[scale] for scale in known], self._settings)
            self.streams[samples.key] = stream
        stream.samples.append(samples)
        return unknown

    @property
    def heard_until(self) -> float:
        """No more streams are silent up to this moment, nanoseconds since the Unix epoch."""
        heard = (stream.samples.heard for stream in self.streams.values() if not stream.samples.silent)
        return min(heard, default=math.inf) + self._silent_after

    def pass_over_silence(self, now: int) -> Iterator[Output]:
        """Lets the streams fall silent that have given nothing for long, and gives what waited for them."""
        while now > (reached := self.heard_until):
            self._reached = max(self._reached, int(reached))
            for stream in self.streams.values():
                if stream.samples.heard + self._silent_after <= reached:
                    stream.samples.fall_silent()
            yield from self.run()

    def report_unheard(self, since: int, now: int) -> Iterator[ScaleFault]:
        """Reports the scales that no message has held."""
        heard = {scale for stream in self.streams.values() for scale in stream.plates.scales}
        for scale in self.condition:
            if scale not in heard:
                self.condition[scale] = ScaleCondition.SILENT
                yield ScaleFault(now, self.id, scale, ScaleCondition.SILENT, since)

    def run(self) -> Iterator[Output]:
        """Processes what all streams that are not silent have come to, block by block, in the order of time."""
        while live := [s for s in self.streams.values() if s.samples.blocks or not s.samples.silent]:
            stream = min(live, key=_Stream.turn)
            if not stream.samples.blocks:
                return
            yield from self._step(stream)

    def finish(self) -> Iterator[Output]:
        """Gives what waits for company: its level is established."""
        end = max((stream.samples.end for stream in self.streams.values()), default=0)
        yield from self._events(end, max(end, self._reached), {})

    def _step(self, stream: _Stream) -> Iterator[Output]:
        block = stream.samples.blocks.popleft()
        end = int(block.times[-1])
        known = max(end, self._reached)
        changes, faults = stream.plates.step(block)
        for fault in faults:
            scale = stream.plates.scales[fault.column]
            self.condition[scale] = fault.condition
            yield ScaleFault(known, self.id, scale, fault.condition, fault.since)
        for change in changes:
            if not any(other.plates.explains(change) for other in self.streams.values()):
                self._grouping.add(replace(change, sigma=math.hypot(change.sigma, self._shaken(change))))
        if self._grouping.waiting:
            yield from self._events(end, known, self._moving())

    def _shaken(self, change: PlateChange) -> float:
        """Standard error of a change by what moved on its shelf meanwhile and came through the frame, grams."""
        shelf = self._shelf_of[change.scale]
        beside = [
            grams
            for stream in self.streams.values()
            for scale, grams in stream.plates.travelled(change.begin).items()
            if scale != change.scale and self._shelf_of[scale] == shelf
        ]
        return SPREAD * self._settings.cross_talk_share * math.hypot(*beside)

    def _moving(self) -> dict[str, float]:
        """Scales that are on the way to an event, and how far they are from their level, grams."""
        moving = {}
        for stream in self.streams.values():
            for column in stream.plates.departures:
                deviation = stream.plates.deviation(column)
                if abs(deviation) >= self._settings.least_change:
                    moving[stream.plates.scales[column]] = deviation
        return moving

    def _events(self, end: int, known: int, moving: dict[str, float]) -> Iterator[WeightEvent]:
        events = [self._event(movement, known) for movement in self._grouping.release(end, moving)]
        yield from sorted(events, key=lambda event: event.event_id)

    def _event(self, movement: Movement, now: int) -> WeightEvent:
        begin, end = min(change.begin for change in movement), max(change.end for change in movement)
        delta = sum(change.delta for change in movement)
        return WeightEvent(
            stamp=now,
            event_id=f"{movement[0].scale}@{begin}",
            fixture=self.id,
            begin=begin,
            end=end,
            changes=tuple(ScaleChange(change.scale, change.delta, change.sigma) for change in movement),
            cross_talk=self._cross_talk(movement, begin, end, abs(delta)),
            delta=delta,
            sigma=sum(change.sigma**2 for change in movement) ** 0.5,
        )

    def _cross_talk(self, movement: Movement, begin: int, end: int, size: float) -> tuple[ScaleChange, ...]:
        """What else moved a little in the time of an event; those scales are where they belong now."""
        carriers = {change.scale for change in movement}
        moved = []
        for stream in self.streams.values():
            for shift in stream.plates.shifts(begin, end):
                scale = stream.plates.scales[shift.column]
                if scale not in carriers and shift.most <= self._settings.cross_talk_share * size:
                    moved.append(ScaleChange(scale, shift.delta, shift.sigma))
                    stream.plates.accept(shift.column)
        return tuple(sorted(moved, key=lambda change: change.scale))


class WeighingStage:
    """Finds out what was put on or taken off the scales of a store.

    Everything is computed in blocks counted from the first sample of a stream, so it does not matter how samples are
    cut into messages.

    Attributes:
        unknown_scales: `<fixture>/<scale>` of what was sent and the store does not have; it is ignored.
    """

    def __init__(self, store: Store, settings: WeighingSettings = DEFAULTS) -> None:
        self._settings = settings
        self._fixtures = {fixture.id: _FixtureState(fixture, settings) for fixture in store.fixtures}
        self._started: int | None = None
        self._all_heard_until = math.inf
        self._call_over_after = math.inf
        self.unknown_scales: set[str] = set()

    def process(self, samples: ScaleSamples) -> Iterator[Output]:
        """Takes in a message and gives what it settles; messages come in the order of their stamps, each once."""
        yield from self.advance(samples.stamp)
        fixture = self._fixtures.get(samples.fixture)
        if fixture is None:
            self.unknown_scales.update(f"{samples.fixture}/{scale}" for scale in samples.scales)
            return
        self.unknown_scales.update(f"{samples.fixture}/{scale}" for scale in fixture.append(samples))
        self._all_heard_until = min(self._all_heard_until, fixture.heard_until)
        if self._started is None:
            self._started = samples.stamp
            self._call_over_after = samples.stamp + round(self._settings.silent_after * NANOSECONDS)
        yield from fixture.run()

    def advance(self, stamp: int) -> Iterator[Output]:
        """Notes that all messages with an earlier stamp were processed: scales that gave nothing for long are silent.

        Args:
            stamp: Nanoseconds since the Unix epoch; never goes back.
        """
        if stamp > self._all_heard_until:
            for fixture in self._fixtures.values():
                yield from fixture.pass_over_silence(stamp)
            self._all_heard_until = min(fixture.heard_until for fixture in self._fixtures.values())
        if self._started is not None and stamp > self._call_over_after:
            now, self._call_over_after = int(self._call_over_after), math.inf
            for fixture in self._fixtures.values():
                yield from fixture.report_unheard(self._started, now)

    def finish(self) -> Iterator[Output]:
        """Ends all streams; a change that has not settled is not reported, because its level is not known."""
        for fixture in self._fixtures.values():
            yield from fixture.finish()
