"""`shoppers` of a bag -> a table that other people's metrics read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from storegraph.atomic import whole_file
from storegraph.graph.bag import BagError, BagReader
from storegraph.graph.decoding import Decoder
from storegraph.graph.topics import KEYPOINTS, SHOPPERS
from storegraph.observations import Keypoints, Shoppers, ShopperState
from storegraph.store.model import Camera
from storegraph.tracking.refining import refined
from storegraph.units import NANOSECONDS

LATEST = 5 * NANOSECONDS
"""Nanoseconds from a picture until its keypoints are recorded, at most: what a replay waits for a sensor."""

COLUMNS = ("frame", "stamp", "id", "joint", "x", "y", "z", "confidence")


def write_shoppers_csv(
    bag: Path, out: Path, *, rate: float | None = None, refined_by: Sequence[Camera] = (), replace: bool = False
) -> int:
    """Writes one row for each known joint of each shopper in each snapshot, in the order of time.

    `frame` counts from 0. With a frame rate it is the number of the picture that was taken at the stamp, counted from
    the first picture of the bag; without, the number of the snapshot. `stamp` is in nanoseconds since the Unix epoch,
    x, y, z are in `map`, metres, and `confidence` is from 0 to 1. A shopper whom tracking never took for a person is
    left out; one whom it did is told from the first sight on.

    Args:
        bag: That a replay or a recorder wrote.
        out: The file.
        rate: Pictures of a camera a second.
        refined_by: Cameras whose keypoints, which have to be in the bag, say anew where the joints are
            (`storegraph.tracking.refining`); without any, joints are where the snapshots say.
        replace: Whether an existing file may be replaced.

    Returns:
        How many rows there are.

    Raises:
        BagError: The bag cannot be read, or nobody is told of in it.
        OutputError: The file exists and may not be replaced, or cannot be written.
    """
    with whole_file(out, replace=replace) as staged, BagReader(bag) as reader:
        reader.namespace = _namespace(reader)
        people = {
            shopper.shopper_id
            for snapshot in _snapshots(reader)
            for shopper in snapshot.shoppers
            if shopper.state is not ShopperState.TENTATIVE
        }
        start = _first_picture(reader)
        rows = 0
        with staged.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            snapshots = _refined(reader, refined_by) if refined_by else _snapshots(reader)
            for number, snapshot in enumerate(snapshots):
                frame = number if rate is None else round((snapshot.stamp - start) * rate / NANOSECONDS)
                for row in _rows(snapshot, people):
                    writer.writerow((frame, *row))
                    rows += 1
    return rows


def _rows(snapshot: Shoppers, people: set[str]) -> Iterator[tuple[object, ...]]:
    for shopper in snapshot.shoppers:
        if shopper.shopper_id not in people:
            continue
        for joint in np.flatnonzero(np.isfinite(shopper.positions).all(axis=1)).tolist():
            place = (f"{axis:.4f}" for axis in shopper.positions[joint].tolist())
            confidence = f"{shopper.confidence[joint]:.3f}"
            yield snapshot.stamp, shopper.shopper_id, snapshot.joints[joint], *place, confidence


def _namespace(reader: BagReader) -> str:
    """The namespace of the store that tells of shoppers."""
    ending = f"/{SHOPPERS.name}"
    found = [topic.name.removesuffix(ending) for topic in reader.topics if topic.name.endswith(ending) and topic.count]
    if len(found) != 1:
        raise BagError(
            f"{reader.path}: tells of shoppers in {len(found)} stores; `storegraph replay` of a recording with cameras "
            "writes a bag that tells of one"
        )
    return found[0].strip("/")


def _snapshots(reader: BagReader) -> Iterator[Shoppers]:
    decoder = Decoder()
    for message in reader.messages({SHOPPERS.name}):
        observation = decoder.decode(message)
        assert isinstance(observation, Shoppers)
        yield observation


def _refined(reader: BagReader, cameras: Sequence[Camera]) -> Iterator[Shoppers]:
    """The snapshots, with the joints where the pictures of their moments show them."""
    decoder, seen = Decoder(), dict[int, dict[str, Keypoints]]()
    pictures = reader.messages(reader.names_of(KEYPOINTS))
    for snapshot in _snapshots(reader):
        for message in pictures:
            keypoints = decoder.decode(message)
            assert isinstance(keypoints, Keypoints)
            seen.setdefault(keypoints.stamp, {})[keypoints.camera] = keypoints
            if message.log_time > snapshot.stamp + LATEST:
                break
        seen = {stamp: people for stamp, people in seen.items() if stamp >= snapshot.stamp}
        yield refined(snapshot, seen.get(snapshot.stamp, {}), cameras)


def _first_picture(reader: BagReader) -> int:
    """The least stamp of what cameras saw; of the snapshots, where the bag has nothing of cameras."""
    decoder = Decoder()
    stamps = []
    for topic in (KEYPOINTS, SHOPPERS):
        for name in reader.names_of(topic):
            first = decoder.decode(next(reader.messages({name})))
            assert isinstance(first, Keypoints | Shoppers)
            stamps.append(first.stamp)
        if stamps:
            break
    return min(stamps)
