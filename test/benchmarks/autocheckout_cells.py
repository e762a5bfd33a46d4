"""What load cells say: the levels and the noise of a real recording, and the weight of what is taken and put back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from autocheckout_script import HandOver, Session
from autocheckout_shop import Cell, Shop
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE = 60.0
"""Samples a second."""

QUIET = 11.0
"""Seconds at the begin of BENCHMARK-1 in which nobody touches anything."""

UNLIKE = 0.008
"""How far things of one product differ in weight, one sigma, as a share; half a gram at least. BENCHMARK-1's bottle
weighs 0.2 % more than the catalogue says."""

CROSS_TALK = {(0, -1): 0.009, (0, -2): 0.019, (-1, -3): 0.004, (-1, -2): 0.003, (-1, -1): 0.0015}
"""Share of a weight by which other plates change, by shelf and plate from where it is taken; as in BENCHMARK-1, where
623 g are taken from G1.S5.P11, its neighbours lose 5.5 and 11.9 g, and the three plates below 2.4, 1.8 and 1 g."""

DRIFT = 0.04
"""Grams by which a plate's level strays in the root of a second: in BENCHMARK-1 means of 2 s differ by 0.07 to 0.09 g
from the next, and by 0.08 to 0.17 g from those 6 s later (medians of gondolas)."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Of one gondola's plates when nobody touches them.

    Attributes:
        level: Grams, shape [shelf, plate]; NaN where there is no plate.
        noise: Grams around it, shape [sample, shelf, plate], as recorded.
    """

    level: Floats
    noise: Floats


def load_levels(recording: Path) -> dict[int, Levels]:
    """Of every gondola in a recording, from its quiet begin."""
    batches: dict[int, list[Floats]] = {}
    with (recording / "plate_data.json").open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)["document"]["plate_data"]
            gondola = data["plate_id"]["shelf_id"]["gondola_id"]["id"]
            grams = np.frombuffer(base64.b64decode(data["values"]["data"]), dtype="<f4")
            batches.setdefault(gondola, []).append(grams.reshape(data["values"]["shape"]).astype(float))
    found = {}
    for gondola, parts in batches.items():
        quiet = np.concatenate(parts)[: int(QUIET * RATE)]
        level = np.median(quiet, axis=0)
        found[gondola] = Levels(level, quiet - level)
    return found


def silent_gondola(shop: Shop, gondola: int, like: Levels) -> Levels:
    """What a gondola of which no readings are known may say: levels made up, noise of another's first shelf."""
    cells = [cell for cell in shop.places if cell.gondola == gondola]
    shape = (1 + max(cell.shelf for cell in cells), 1 + max(cell.plate for cell in cells))
    level = np.full(shape, np.nan)
    noise = np.full((len(like.noise), *shape), np.nan)
    for cell in cells:
        level[cell.shelf, cell.plate] = 1500.0 + 100.0 * cell.plate - 50.0 * cell.shelf
        noise[:, cell.shelf, cell.plate] = like.noise[:, 1, cell.plate]
    return Levels(level, noise)


def readings(levels: Levels, moments: Floats, rng: np.random.Generator) -> Floats:
    """Grams at some moments while nobody touches anything, [sample, shelf, plate].

    The noise is the recorded one, forwards and backwards in turns from a random place, so that it has no steps; all
    plates alike, so that what they share stays shared.
    """
    there_and_back = np.concatenate([levels.noise, levels.noise[::-1]])
    places = (np.arange(len(moments)) + rng.integers(len(there_and_back))) % len(there_and_back)
    strays = np.cumsum(rng.normal(scale=DRIFT / np.sqrt(RATE), size=(len(moments), *levels.level.shape)), axis=0)
    alive = np.any(levels.noise != 0, axis=0)
    told: Floats = levels.level + there_and_back[places] + np.where(alive, strays, 0.0)
    return told


@dataclass(frozen=True, slots=True)
class Change:
    """A weight that comes to a plate or leaves it.

    Attributes:
        at: Seconds.
        seconds: How long it takes.
        grams: Below zero where it leaves.
        swings: Whether it goes on moving.
        presses: Grams by which the hand presses down before.
    """

    at: float
    seconds: float
    grams: float
    swings: bool
    presses: float


def play(
    session: Session, shop: Shop, rng: np.random.Generator
) -> tuple[dict[Cell, list[Change]], dict[str, list[str]]]:
    """What a script does to plates, and what everybody leaves with.

    Raises:
        ValueError: Somebody puts back what they do not hold.
    """
    held: dict[str, list[tuple[str, float]]] = {person.name: [] for person in session.people}
    changes: dict[Cell, list[Change]] = {}
    for act in sorted(session.acts, key=lambda act: act.at):
        if isinstance(act, HandOver):
            held[act.taker].append(_give(session, held[act.giver], act.barcode))
            continue
        barcode = act.barcode or shop.planned[act.cell]
        if act.count > 0:
            unit = shop.weights.get(barcode, 0.0) + dict(session.heavier).get(barcode, 0.0)
            taken = [(barcode, unit + rng.normal(scale=max(0.5, UNLIKE * unit))) for _ in range(act.count)]
            held[act.who] += taken
            grams = -sum(weight for _, weight in taken)
        elif act.count == 0:
            grams = 0.0
        else:
            grams = sum(_give(session, held[act.who], barcode)[1] for _ in range(-act.count))
        presses = rng.uniform(5.0, 40.0) if act.count else rng.uniform(50.0, 300.0)
        here = (act.cell, 1.0 - act.spread)
        next_to_it = (act.cell._replace(plate=act.cell.plate + 1), act.spread)
        for cell, share in (here, next_to_it):
            if share:
                changes.setdefault(cell, []).append(
                    Change(act.at, act.seconds, grams * share, act.swings, presses * share)
                )
    return changes, {name: [barcode for barcode, _ in things] for name, things in held.items()}


def _give(session: Session, things: list[tuple[str, float]], barcode: str) -> tuple[str, float]:
    for number, (held, _) in enumerate(things):
        if held == barcode:
            return things.pop(number)
    raise ValueError(f"{session.name}: nobody holds the {barcode} that is put back or given")


FILLED = 2500.0
"""Grams, one sigma, by which plates are heavier or lighter after shelves were filled."""


def refill(pause: tuple[float, float], moments: Floats, grams: Floats, rng: np.random.Generator) -> None:
    """Gives every plate another level after a pause."""
    after = moments >= pause[1]
    grams[after] += rng.normal(scale=FILLED, size=grams.shape[1:])


def apply(changes: dict[Cell, list[Change]], gondola: int, moments: Floats, grams: Floats) -> None:
    """Adds changes to one gondola's readings, and what they do to other plates."""
    _, shelves, plates = grams.shape
    for cell, some in changes.items():
        if cell.gondola != gondola:
            continue
        for change in some:
            signal = _signal(change, moments)
            grams[:, cell.shelf, cell.plate] += signal
            for (up, along), share in CROSS_TALK.items():
                shelf, plate = cell.shelf + up, cell.plate + along
                if 0 < shelf < shelves and 0 < plate < plates:
                    grams[:, shelf, plate] += share * signal


def _signal(change: Change, moments: Floats) -> Floats:
    """The hand presses a little, the weight goes or comes; what is put down lands harder than it lies."""
    since = moments - change.at
    if not change.grams:
        return change.presses * np.exp(-(((2 * since / change.seconds) - 1) ** 4))
    signal = change.grams * np.clip(since / change.seconds, 0.0, 1.0)
    signal += change.presses * np.exp(-(((since + 0.05) / 0.06) ** 2))
    after = np.clip(since - change.seconds, 0.0, None)
    if change.grams > 0:
        signal += np.where(after > 0, 0.2 * change.grams * np.exp(-after / 0.06), 0.0)
    if change.swings:
        swing = 0.3 * abs(change.grams) * np.exp(-after / 0.4) * np.sin(2 * np.pi * 3.0 * after)
        signal += np.where(after > 0, swing, 0.0)
    return signal
