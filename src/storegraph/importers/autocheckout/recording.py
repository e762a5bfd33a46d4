"""A whole recording -> a bag and a store file."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from storegraph.atomic import OutputError, whole_file
from storegraph.graph.bag import BagWriter
from storegraph.graph.topics import PASSAGES, SCALE_SAMPLES, SHOPPERS
from storegraph.importers.errors import ImporterError
from storegraph.observations import GateEvent, Observation, ScaleSamples, Shoppers
from storegraph.store.errors import StoreError
from storegraph.store.file import write_store
from storegraph.units import NANOSECONDS

from .observations import scale_samples, shoppers
from .records import (
    CatalogueEntry,
    PlannedFacing,
    Plate,
    Record,
    SkippedLine,
    catalogue_entry,
    planned_facing,
    plate_batch,
    read_records,
    snapshot,
)
from .store import STORE_ID, build_store, fixture_id, remarks, weighing_plates
from .visits import Visits

PLATE_DATA, FULL_TARGETS, PLANOGRAM, PRODUCTS = FILES = (
    "plate_data.json",
    "full_targets.json",
    "planogram.json",
    "products.json",
)

DISORDER = NANOSECONDS
"""How far the lines of a file may be out of the order in which they were received: 1 s; it is 7 ms in BENCHMARK-1."""

Progress = Callable[[int, int], object]
"""Told the bytes read so far, and how many there are to read."""

Entry = tuple[int, str, Observation]
"""Log time, topic, observation."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What came of an import.

    Attributes:
        scale_messages: Batches of load-cell readings in the bag.
        snapshots: Snapshots of people in the bag.
        gate_events: Entries and exits in the bag, all derived.
        fixtures: In the store file.
        scales: In the store file.
        facings: In the store file.
        products: In the store file.
        skipped: Lines that could not be read.
        remarks: What was left out, doubted, added or concluded, in sentences.
    """

    scale_messages: int
    snapshots: int
    gate_events: int
    fixtures: int
    scales: int
    facings: int
    products: int
    skipped: tuple[SkippedLine, ...]
    remarks: tuple[str, ...]


def import_autocheckout(
    directory: Path, bag: Path, store_file: Path, *, replace: bool = False, progress: Progress | None = None
) -> ImportSummary:
    """Turns a recording into a bag and a store file. Both appear whole, or neither does.

    The recording is read twice, line by line: first to learn which plates and people there are, then to write the bag.
    So memory does not grow with its length. The boxes of people in the cameras' pictures (`detection_metadata`) are not
    imported: there are no pictures, and the 3D people were made from them.

    Args:
        directory: Holds the four files named in `FILES`.
        bag: Folder that becomes the bag.
        store_file: File that becomes the store file.
        replace: Whether existing outputs may be replaced.
        progress: Told how far the reading is, after every line.

    Raises:
        ImporterError: The recording cannot be used as a whole.
        OutputError: An output exists and `replace` is false, or it cannot be written.
    """
    for output in (bag, store_file):
        if output.exists() and not replace:
            raise OutputError(f"{output}: exists already; give another name, or --force to replace it")
    meter = _Meter(_bytes_to_read(directory), progress)
    survey = _survey(directory, meter)
    weighing = weighing_plates(survey.facings, survey.channels)
    written: Counter[type[Observation]] = Counter()
    with whole_file(store_file, replace=replace) as staged:
        try:
            store = build_store(survey.facings, survey.entries, weighing)
            write_store(store, staged)
        except (ImporterError, StoreError, ValidationError) as error:
            raise ImporterError(f"{directory}: {PLANOGRAM} and {PRODUCTS} make no store: {error}") from error
        with BagWriter(bag, STORE_ID, replace=replace) as writer:
            for log_time, topic, observation in _entries(directory, weighing, survey.visits, meter):
                writer.write(topic, observation, log_time)
                written[type(observation)] += 1
    return ImportSummary(
        scale_messages=written[ScaleSamples],
        snapshots=written[Shoppers],
        gate_events=written[GateEvent],
        fixtures=len(store.fixtures),
        scales=sum(len(shelf.scales) for fixture in store.fixtures for shelf in fixture.shelves),
        facings=len(store.facings),
        products=len(store.catalogue),
        skipped=tuple(survey.skipped),
        remarks=(
            *remarks(survey.facings, survey.entries, survey.channels, weighing),
            *_found_again(survey.visits.known_as()),
        ),
    )


def _found_again(known_as: Mapping[str, str]) -> Iterator[str]:
    if known_as:
        pairs = ", ".join(f"{found} is {first}" for found, first in known_as.items())
        yield f"targets that begin where another just ended, taken for the same shopper: {pairs}"


def _bytes_to_read(directory: Path) -> int:
    """All files once, and the two long ones a second time."""
    missing = _missing(directory)
    if missing:
        within = sorted(folder.name for folder in directory.glob("*/") if not _missing(folder))
        several = f"; import the recordings in it one by one: {', '.join(within)}" if within else ""
        raise ImporterError(
            f"{directory}: no {', '.join(missing)}; a recording is a folder with {', '.join(FILES)}, "
            f"each as mongoexport writes it, one JSON object a line{several}"
        )
    return sum((directory / name).stat().st_size for name in (*FILES, PLATE_DATA, FULL_TARGETS))


def _missing(directory: Path) -> list[str]:
    return [name for name in FILES if not (directory / name).is_file()]


class _Meter:
    """Sums up what was read."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress

    def read(self, size: int) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, self._total)


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a first reading shows.

    Attributes:
        facings: The planogram.
        entries: The catalogue.
        channels: Everything that ever gave a reading, but for the padding.
        visits: Who was there.
        skipped: Lines that could not be read.
    """

    facings: Sequence[PlannedFacing]
    entries: Sequence[CatalogueEntry]
    channels: Set[Plate]
    visits: Visits
    skipped: Sequence[SkippedLine]


def _survey(directory: Path, meter: _Meter) -> _Survey:
    skipped: list[SkippedLine] = []

    def usable(name: str, parse: Callable[[bytes], Record]) -> Iterator[Record]:
        empty = True
        for record in read_records(directory / name, parse, skipped.append, meter.read):
            empty = False
            yield record
        if empty:
            first = next((f" (line {bad.line}: {bad.reason})" for bad in skipped if bad.file == name), ": it is empty")
            raise ImporterError(f"{directory / name}: no line of it can be used{first}")

    facings = tuple(dict.fromkeys(usable(PLANOGRAM, planned_facing)))
    entries = tuple(usable(PRODUCTS, catalogue_entry))
    readings: dict[tuple[int, tuple[int, ...]], NDArray[np.bool_]] = {}
    for batch in usable(PLATE_DATA, plate_batch):
        key = (batch.gondola, batch.grams.shape[1:])
        readings[key] = np.logical_or(readings.get(key, False), ~np.isnan(batch.grams).all(axis=0))
    channels = {
        Plate(gondola, int(shelf), int(plate))
        for (gondola, _), live in readings.items()
        for shelf, plate in np.argwhere(live)
        if shelf > 0 and plate > 0
    }
    visits = Visits(facings)
    for people in usable(FULL_TARGETS, snapshot):
        visits.see(people)
    return _Survey(facings, entries, channels, visits, skipped)


def _entries(directory: Path, weighing: Sequence[Plate], visits: Visits, meter: _Meter) -> Iterator[Entry]:
    """Everything that goes into the bag, by log time; a gate event after the snapshot it was concluded from."""
    columns = {gondola: tuple(plates) for gondola, plates in groupby(weighing, key=lambda plate: plate.gondola)}
    known_as = visits.known_as()

    def already_told(_: SkippedLine) -> None:
        pass

    batches = read_records(directory / PLATE_DATA, plate_batch, already_told, meter.read)
    snapshots = read_records(directory / FULL_TARGETS, snapshot, already_told, meter.read)
    return heapq.merge(
        _in_order(
            (
                batch.received,
                SCALE_SAMPLES.of(fixture_id(batch.gondola)),
                scale_samples(batch, columns[batch.gondola]),
            )
            for batch in batches
            if batch.gondola in columns
        ),
        _in_order((people.received, SHOPPERS.name, shoppers(people, known_as)) for people in snapshots),
        sorted(
            ((log_time, PASSAGES.name, event) for log_time, event in visits.gate_events()),
            key=lambda entry: (entry[0], entry[2].stamp, entry[2].key),
        ),
        key=_log_time,
    )


def _log_time(entry: Entry) -> int:
    return entry[0]


def _in_order(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Sorts by log time what is less than `DISORDER` out of order; what is equal stays in its order."""
    held: list[tuple[int, int, Entry]] = []
    for count, entry in enumerate(entries):
        heapq.heappush(held, (entry[0], count, entry))
        while held[0][0] < entry[0] - DISORDER:
            yield heapq.heappop(held)[2]
    while held:
        yield heapq.heappop(held)[2]
