"""A file of faults, for any recording of a store."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from storegraph.graph.messages.pictures import COMPRESSED_IMAGE, camera_topic
from storegraph.graph.topics import GATE_EVENTS, KEYPOINTS, PASSAGES, SCALE_SAMPLES, SHOPPERS
from storegraph.store.model import Part, Store
from storegraph.store.part_file import load_part
from storegraph.store.problem import Problem, listed, nearest, shown

from ..errors import SimulationError
from .model import Fault


class FaultsFile(Part):
    """A file of faults: its key `faults` is that of a scenario."""

    faults: tuple[Fault, ...]


def load_faults(path: Path, store: Store) -> tuple[Fault, ...]:
    """Reads and checks a file of faults.

    Args:
        path: YAML in UTF-8.
        store: What is to go wrong is there.

    Raises:
        SimulationError: The file cannot be read, or has problems; all of them are told at once.
    """

    def problems(file: FaultsFile) -> Iterator[Problem]:
        for index, fault in enumerate(file.faults):
            yield from problems_in_store(fault, store, index)

    return load_part(path, FaultsFile, SimulationError, problems).faults


def problems_in_store(fault: Fault, store: Store, index: int) -> Iterator[Problem]:
    """What a fault names that is not there.

    Args:
        fault: To check.
        store: Where it is to be.
        index: Its place in the list.
    """
    topics = list(sensor_topics(store))
    if not any(fnmatchcase(topic, fault.stream) for topic in topics):
        text = f"{shown(fault.stream)} is no stream of the store{nearest(fault.stream, topics)}"
        yield Problem(("faults", index, "stream"), f"{text}; there are {listed(topics)}")
    scales = [scale.id for fixture in store.fixtures for shelf in fixture.shelves for scale in shelf.scales]
    for place, scale in enumerate(fault.scales):
        if scale not in scales:
            text = f"{shown(scale)} is no scale of the store{nearest(scale, scales)}; there are {listed(scales)}"
            yield Problem(("faults", index, "scales", place), text)


def sensor_topics(store: Store) -> Iterator[str]:
    """The relative names of what a store's sensors say, at all levels of simulation."""
    for fixture in store.fixtures:
        yield SCALE_SAMPLES.of(fixture.id)
    for camera in store.cameras:
        yield KEYPOINTS.of(camera.id)
        yield camera_topic(COMPRESSED_IMAGE, camera.id)
    yield from (GATE_EVENTS.name, PASSAGES.name, SHOPPERS.name)
