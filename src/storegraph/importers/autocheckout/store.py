"""Planogram and catalogue of a recording -> the store model."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal

from storegraph.importers.errors import ImporterError
from storegraph.store.model import Facing, Fixture, Gate, Product, Scale, Shelf, Store

from .records import CatalogueEntry, PlannedFacing, Plate

STORE_ID = "autocheckout"

GATE_ID = "derived"

PLATE_WIDTH = 0.1016
"""Metres (4 inches), as all plates are: every facing's `dim_x` is its number of plates times this."""

GATE_WIDTH = 1.0
"""Metres. The derived gate needs a line; nobody is known to have crossed it."""

LEAST_WEIGHT = 5.0
"""Grams; below it a weight is not believed. The catalogue has four such, from 0.166 to 1.69, of goods that weigh far
more ("Chips Ahoy" 0.886): in other units, who knows which. The lightest planned goods weigh 30 g."""

PLACEHOLDER_PRICE = Decimal(10_000)
"""Dollars; from here a price is told of as a placeholder. Two products have exactly this, all others 33 at most."""

_DECIMALS = 4
"""Of metres in the store file: 0.1 mm, as the planogram's makers measured; below it there is only noise of float32."""


def fixture_id(gondola: int) -> str:
    """Our name of a gondola."""
    return f"G{gondola}"


def shelf_id(gondola: int, shelf: int) -> str:
    """Our name of a shelf."""
    return f"{fixture_id(gondola)}.S{shelf}"


def scale_id(plate: Plate) -> str:
    """Our name of a load cell."""
    return f"{shelf_id(plate.gondola, plate.shelf)}.P{plate.plate}"


def weighing_plates(facings: Iterable[PlannedFacing], channels: Collection[Plate]) -> tuple[Plate, ...]:
    """Those of the channels with data that have a plate.

    A plate stands on a shelf that the planogram names, and not beyond the last plate that it names on that gondola.
    Data from beyond are no plate's: the next gondola stands there. In BENCHMARK-1 these channels (P10 to 12 of gondolas
    2 and 4, G1.S4.P13 and 14) hold one constant, 6067.45 g, or a value that the channel two before them had some time
    ago: they could tell of what was taken there a second time.

    Args:
        facings: The planogram.
        channels: Everything that ever gave a reading.

    Returns:
        In ascending order.
    """
    shelves: set[tuple[int, int]] = set()
    last: dict[int, int] = {}
    for facing in facings:
        end = facing.plates[-1]
        shelves.add((end.gondola, end.shelf))
        last[end.gondola] = max(last.get(end.gondola, 0), end.plate)
    return tuple(sorted(p for p in channels if (p.gondola, p.shelf) in shelves and p.plate <= last[p.gondola]))


def build_store(
    facings: Sequence[PlannedFacing], entries: Iterable[CatalogueEntry], weighing: Iterable[Plate]
) -> Store:
    """Makes the store model.

    Args:
        facings: The planogram, at least one.
        entries: The catalogue. Of several with one barcode the last one counts.
        weighing: Plates with data; those that are in no facing become scales beside their neighbours.

    Raises:
        ImporterError: A gondola's facings are turned differently.
        pydantic.ValidationError: They make no store for another reason.
    """
    by_gondola = defaultdict(list)
    for facing in facings:
        by_gondola[facing.plates[0].gondola].append(facing)
    unplanned = defaultdict(list)
    for plate in weighing:
        unplanned[plate.gondola].append(plate)
    fixtures = tuple(_fixture(gondola, by_gondola[gondola], unplanned[gondola]) for gondola in sorted(by_gondola))
    return Store(
        id=STORE_ID,
        name="AiFi NanoStore, AutoCheckout competition, CPS-IoT Week 2020",
        currency="USD",
        time_zone="America/Los_Angeles",
        gates=(_gate(fixtures),),
        fixtures=fixtures,
        facings=tuple(_facings(facings)),
        catalogue=tuple(_catalogue(entries, facings)),
    )


def _fixture(gondola: int, facings: Sequence[PlannedFacing], weighing: Iterable[Plate]) -> Fixture:
    yaw, *others = sorted({facing.yaw for facing in facings})
    if others:
        raise ImporterError(
            f"the facings of gondola {gondola} are turned by {yaw:g} and by {others[0]:g} radians about z"
        )
    along = {facing: _turned(facing.corner[:2], -yaw) for facing in facings}
    # The recording gives no corner of the gondola: it begins where the first plate of its leftmost shelf does.
    left = min(along[facing][0] - PLATE_WIDTH * (facing.plates[0].plate - 1) for facing in facings)
    front = min(along[facing][1] for facing in facings)

    corners: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
    for facing in facings:
        x, y = along[facing][0] - left, along[facing][1] - front
        for plate in facing.plates:
            corners[plate.shelf][plate.plate] = (x + PLATE_WIDTH * (plate.plate - facing.plates[0].plate), y)
    for plate in weighing:
        row = corners[plate.shelf]
        if plate.plate not in row:
            nearest = min(row, key=lambda number: abs(number - plate.plate))
            row[plate.plate] = (row[nearest][0] + PLATE_WIDTH * (plate.plate - nearest), row[nearest][1])

    shelves = []
    for number in sorted(corners):
        here = [facing for facing in facings if facing.plates[0].shelf == number]
        depth = max(facing.size[1] for facing in here)
        shelves.append(
            Shelf(
                id=shelf_id(gondola, number),
                height=_rounded(min(facing.corner[2] for facing in here)),
                clearance=_rounded(min(facing.size[2] for facing in here)),
                scales=tuple(
                    Scale(
                        id=scale_id(Plate(gondola, number, plate)),
                        position=(_rounded(x), _rounded(y)),
                        size=(PLATE_WIDTH, _rounded(depth)),
                    )
                    for plate, (x, y) in sorted(corners[number].items())
                ),
            )
        )
    origin = _turned((left, front), yaw)
    width = PLATE_WIDTH + max(x for row in corners.values() for x, _ in row.values())
    depth = max(along[facing][1] - front + facing.size[1] for facing in facings)
    height = max(facing.corner[2] + facing.size[2] for facing in facings)
    return Fixture(
        id=fixture_id(gondola),
        position=(_rounded(origin[0]), _rounded(origin[1]), 0.0),
        yaw=round(yaw, 6),
        size=(_rounded(width), _rounded(depth), _rounded(height)),
        shelves=tuple(sorted(shelves, key=lambda shelf: shelf.height)),
    )


def _turned(point: tuple[float, float], yaw: float) -> tuple[float, float]:
    x, y = point
    return x * math.cos(yaw) - y * math.sin(yaw), x * math.sin(yaw) + y * math.cos(yaw)


def _rounded(value: float) -> float:
    return round(value, _DECIMALS) + 0.0  # no minus zero in the file


def _gate(fixtures: Iterable[Fixture]) -> Gate:
    """A line across the aisle at the left end of the leftmost fixture: a place on the map, measured by nobody."""
    leftmost = min(fixtures, key=lambda fixture: fixture.position)
    x, y, _ = leftmost.position
    return Gate(id=GATE_ID, from_point=(x, y), to_point=(x, _rounded(y - GATE_WIDTH)))


def _facings(planned: Sequence[PlannedFacing]) -> Iterator[Facing]:
    """By plate; a plate that is planned twice is the first one's, as one product lies on it."""
    taken: set[Plate] = set()
    for facing in sorted(planned, key=lambda facing: facing.plates):
        free = [plate for plate in facing.plates if plate not in taken]
        taken.update(free)
        if free:
            yield Facing(gtin=facing.barcode, scales=tuple(map(scale_id, free)))


def _catalogue(entries: Iterable[CatalogueEntry], facings: Iterable[PlannedFacing]) -> Iterator[Product]:
    by_barcode = {entry.barcode: entry for entry in entries}
    for facing in facings:
        if facing.barcode is not None:
            by_barcode.setdefault(facing.barcode, CatalogueEntry(facing.barcode, "", price=None, weight=None))
    for barcode, entry in sorted(by_barcode.items()):
        yield Product(
            gtin=barcode,
            name=entry.name or barcode,
            price=None if entry.price is None else round(entry.price * 100),
            unit_weight=_believed(entry.weight),
        )


def _believed(weight: float | None) -> float | None:
    # Milligrams: the recording has float32, 621.67 as 621.669983.
    return None if weight is None or weight < LEAST_WEIGHT else round(weight, 3)


def remarks(
    facings: Sequence[PlannedFacing],
    entries: Sequence[CatalogueEntry],
    channels: Collection[Plate],
    weighing: Collection[Plate],
) -> Iterator[str]:
    """What a reader of the store file should know: everything that was left out, doubted or added, in sentences."""
    known: dict[str, CatalogueEntry] = {}
    differing = set()
    for entry in entries:
        if known.setdefault(entry.barcode, entry) != entry:
            differing.add(entry.barcode)
        known[entry.barcode] = entry
    products = sorted(known.values(), key=lambda entry: entry.barcode)
    times_planned = Counter(plate for facing in facings for plate in facing.plates)
    planned = set(times_planned)
    subjects = {
        "products listed several times and differently, the last counts": sorted(differing),
        f"weights below {LEAST_WEIGHT:g} g, taken as unknown": [
            f"{entry.barcode} ({entry.weight:.4g})"
            for entry in products
            if entry.weight is not None and entry.weight < LEAST_WEIGHT
        ],
        "products without weight": [entry.barcode for entry in products if entry.weight is None],
        "products without price": [entry.barcode for entry in products if entry.price is None],
        f"prices of {PLACEHOLDER_PRICE} dollars or more, kept though they look like placeholders": [
            entry.barcode for entry in products if entry.price is not None and entry.price >= PLACEHOLDER_PRICE
        ],
        "planned products that the catalogue lacks, added without price and weight": sorted(
            {facing.barcode for facing in facings if facing.barcode is not None} - set(known)
        ),
        "scales planned twice, in the first of their facings": _runs(
            p for p, times in times_planned.items() if times > 1
        ),
        "scales without data": _runs(planned - set(weighing)),
        "scales in no facing": _runs(set(weighing) - planned),
        "channels with data but without a plate, left out": _runs(set(channels) - set(weighing)),
    }
    for subject, members in subjects.items():
        if members:
            yield f"{subject}: {', '.join(members)}"


def _runs(plates: Iterable[Plate]) -> list[str]:
    """Plates by name, neighbours of one shelf together: "G3.S6.P1-12"."""
    runs: list[list[Plate]] = []
    for plate in sorted(plates):
        if runs and plate == runs[-1][-1]._replace(plate=runs[-1][-1].plate + 1):
            runs[-1].append(plate)
        else:
            runs.append([plate])
    return [scale_id(run[0]) + (f"-{run[-1].plate}" if len(run) > 1 else "") for run in runs]
