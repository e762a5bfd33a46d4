"""Writes a played session as the competition's recorder would have: the four files, exactly in BENCHMARK-1's form."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from autocheckout_bodies import JOINTS, meetings, postures, present, seen, times
from autocheckout_cells import RATE, Change, apply, load_levels, play, readings, refill, silent_gondola
from autocheckout_script import Session
from autocheckout_shop import Cell, Shop
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEGIN = datetime(2020, 4, 22, 5, 10, tzinfo=UTC)

BATCH = 12
"""Samples a line."""

GONDOLAS = {1: 0.0, 3: 0.045, 4: 0.079, 2: 0.115, 5: 0.16}
"""Seconds by which a gondola's batches begin after the first one's, as in BENCHMARK-1; the fifth is not in it."""

PLATES_SENT = (0.095, 0.188)
"""Seconds from a batch's first sample to the database: least and most in BENCHMARK-1."""

PEOPLE_SENT = (2.235, 2.435)
"""Seconds from a snapshot to the database: least and most in BENCHMARK-1."""

BETWEEN_SNAPSHOTS = (0.092, 0.007, 0.1, 0.1, 0.008, 0.093, 0.1)
"""Seconds, again and again: as in BENCHMARK-1, where they come singly or in pairs, 15 a second."""

METRES_PER_INCH = 0.0254

EMPTY = 0.01
"""Share of snapshots that are empty while people are there."""


def write_session(session: Session, shop: Shop, real: Path, directory: Path) -> dict[str, Any]:
    """Plays a session and writes its recording; the same session always gives the same bytes.

    Args:
        session: The script.
        shop: That of `real`.
        real: A recording, for planogram, catalogue, plates' levels and noise.
        directory: Is made.

    Returns:
        The truth: for every name, `ids` and `products`, a list of barcodes.
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(session.name.encode()).digest()[:8], "big"))
    directory.mkdir(parents=True)
    for name in ("planogram.json", "products.json"):
        shutil.copyfile(real / name, directory / name)
    changes, held = play(session, shop, rng)
    pause = session.pause or (0.0, 0.0)
    _write(directory / "plate_data.json", _plates(session, shop, real, changes, rng), pause)
    ids = {person.name: [_id(rng)] for person in session.people}
    for lost in session.breaks:
        ids[lost.who].append(_id(rng))
    _write(directory / "full_targets.json", _people(session, shop, ids, rng), pause)
    return {name: {"ids": ids[name], "products": sorted(held[name])} for name in held}


def _id(rng: np.random.Generator) -> str:
    return str(int(rng.integers(2**61, 2**63)))


def _write(path: Path, lines: Iterator[tuple[float, dict[str, Any]]], pause: tuple[float, float]) -> None:
    """In the order in which the database had them."""
    with path.open("w", encoding="utf-8") as file:
        recorded = (line for line in lines if not pause[0] <= line[0] < pause[1])
        for number, (_, line) in enumerate(sorted(recorded, key=lambda line: line[0])):
            file.write(json.dumps({"_id": {"$oid": f"{number:024x}"}, **line}, separators=(",", ":")) + "\n")


def _moment(seconds: float, digits: int = 6) -> str:
    told = (BEGIN + timedelta(seconds=seconds)).isoformat(timespec="microseconds")[:26]
    return told[: 20 + digits] + "Z"


def _header(origin: float, issued: float, received: float, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "timestamp": BEGIN.timestamp() + issued,
        "date_time": {"$date": _moment(received, 3)},
        "document": {"header": {"t_origin": _moment(origin), "t_issue": _moment(issued)}, **document},
    }


def _plates(
    session: Session, shop: Shop, real: Path, changes: dict[Cell, list[Change]], rng: np.random.Generator
) -> Iterator[tuple[float, dict[str, Any]]]:
    levels = load_levels(real)
    if any(touch.cell.gondola not in levels for touch in session.touches()):
        levels |= {5: silent_gondola(shop, 5, levels[3])}
    first, last = session.plates or (0.0, session.seconds)
    for gondola, quiet in levels.items():
        begin = first + GONDOLAS[gondola]
        batches = int((last - begin) * RATE / BATCH)
        moments = begin + np.arange(batches * BATCH) / RATE
        grams = readings(quiet, moments, rng)
        apply(changes, gondola, moments, grams)
        if session.pause:
            refill(session.pause, moments, grams, rng)
        for batch in range(batches):
            part = grams[batch * BATCH : (batch + 1) * BATCH].astype("<f4")
            origin = begin + batch * BATCH / RATE
            received = origin + rng.uniform(*PLATES_SENT)
            values = {
                "data": base64.b64encode(part.tobytes()).decode(),
                "shape": list(part.shape),
                "type": "DATATYPE_FLOAT32",
            }
            plate = {"plate_id": {"shelf_id": {"gondola_id": {"id": gondola}}}, "freq_samp": RATE, "values": values}
            line = _header(origin, received - 0.01, received, {"plate_data": plate})
            yield received, line | {"gondola_id": gondola, "shelf_index": 0, "plate_index": 0}


def _people(
    session: Session, shop: Shop, ids: dict[str, list[str]], rng: np.random.Generator
) -> Iterator[tuple[float, dict[str, Any]]]:
    moments = times(session)
    hands = meetings(session, shop)
    told = {
        person.name: seen(session, person, postures(session, person, shop, hands[person.name]), rng)
        for person in session.people
    }
    there = {person.name: present(session, person, moments) for person in session.people}
    stamp, number = -PEOPLE_SENT[1], 0
    while stamp < session.seconds - PEOPLE_SENT[0]:
        received = stamp + rng.uniform(*PEOPLE_SENT)
        if 0.0 <= received <= session.seconds:
            moment = int(np.searchsorted(moments, stamp))
            names = [name for name in told if there[name][moment]] if rng.random() >= EMPTY else []
            targets = [
                _target(target_id, told[name][moment])
                for name in names
                if (target_id := _id_at(session, ids, name, stamp)) is not None
            ]
            origin = stamp + session.people_ahead
            document = {"targets": {"targets": targets} if targets else {}}
            yield received, _header(origin, origin, received, document) | {"id": 0}
        stamp += BETWEEN_SNAPSHOTS[number % len(BETWEEN_SNAPSHOTS)]
        number += 1


def _id_at(session: Session, ids: dict[str, list[str]], name: str, moment: float) -> str | None:
    """Under which id somebody is told of; None while lost."""
    for exchange in session.exchanges:
        if name in exchange.who and exchange.begin <= moment < exchange.end:
            (name,) = set(exchange.who) - {name}
            break
    own = [lost for lost in session.breaks if lost.who == name and lost.at <= moment]
    if own and moment < own[-1].at + own[-1].gap:
        return None
    return ids[name][len(own)]


def _target(target_id: str, joints: Floats) -> dict[str, Any]:
    target: dict[str, Any] = {"target_id": {"id": target_id}, "target_state": "TARGETSTATE_VALID_ENTRANCE"}
    for name, place in zip(JOINTS, joints, strict=True):
        if np.isnan(place).any():
            target[name] = {}
        else:
            x, y, z = (float(coordinate) for coordinate in place / METRES_PER_INCH)
            target[name] = {"point": {"x": x, "y": y, "z": z}, "score": 0.95}
    target["hands"] = [target[name] for name in ("r_wrist", "l_wrist") if target[name]]
    return target
