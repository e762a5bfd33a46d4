"""A store for people: is the file right, what is in it, and what does the shop look like."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from storegraph.atomic import whole_file

from .errors import StoreError
from .file import load_store
from .model import Shelf, Store
from .notes import store_notes
from .picture import PICTURE_SUFFIXES, draw


def check(path: Path, console: Console) -> None:
    """`storegraph store check FILE`: a summary and notes on what may be meant but costs accuracy.

    Args:
        path: The store file.
        console: Where to print.

    Raises:
        StoreError: The file cannot be read, or has problems; all of them are told.
    """
    store = load_store(path)
    console.print(f"{path}: no problems", style="green", markup=False, highlight=False, soft_wrap=True)
    for line in (*_summary(store), *(f"note: {note}" for note in store_notes(store))):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def show(path: Path, out: Path | None, console: Console) -> None:
    """`storegraph store show FILE`: a picture of the store and a table of its shelves.

    Args:
        path: The store file.
        out: Where the picture goes, .svg or .png; None: an SVG named as the store file, in the working directory.
        console: Where to print.

    Raises:
        StoreError: The store file has problems, or the picture's suffix is another.
    """
    out = out or Path(f"{path.stem}.svg")
    if out.suffix not in PICTURE_SUFFIXES:
        raise StoreError([f"{out}: pictures are {' or '.join(PICTURE_SUFFIXES)}; choose one of these suffixes"])
    store = load_store(path)
    for line in _summary(store):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(_table(store))
    with whole_file(out, replace=True) as fresh:
        fresh.write_bytes(draw(store, out.suffix))
    console.print(f"picture: {out}", markup=False, highlight=False, soft_wrap=True)


def _summary(store: Store) -> list[str]:
    shelves = [shelf for fixture in store.fixtures for shelf in fixture.shelves]
    lying = {facing.gtin for facing in store.facings if facing.gtin is not None}
    scales = sum(len(shelf.scales) for shelf in shelves)
    return [
        f"{store.name} ({store.id}), {store.currency}, {store.time_zone}",
        f"fixtures: {len(store.fixtures)}, shelves: {len(shelves)}, scales: {scales}",
        f"facings: {len(store.facings)}, their products: {len(lying)}, products in all: {len(store.catalogue)}",
        f"cameras: {len(store.cameras)}, gates: {len(store.gates)}, {'a kiosk' if store.kiosk else 'no kiosk'}",
    ]


def _table(store: Store) -> Table:
    table = Table("fixture", "shelf", r"height \[m]", "scales", "what lies there, from the left (scales)")
    for fixture in store.fixtures:
        for shelf in reversed(fixture.shelves):  # the uppermost first, as one sees them
            scales = f"{len(shelf.scales)}: {shelf.scales[0].id} … {shelf.scales[-1].id}" if shelf.scales else "none"
            table.add_row(fixture.id, shelf.id, f"{shelf.height:.2f}", scales, _goods(store, shelf).replace("[", r"\["))
        table.add_section()
    return table


def _goods(store: Store, shelf: Shelf) -> str:
    left = {scale.id: scale.position[0] for scale in shelf.scales}
    here = sorted((f for f in store.facings if f.scales[0] in left), key=lambda f: min(left[name] for name in f.scales))
    products = store.products()
    names = (products[facing.gtin].name if facing.gtin is not None else "nothing" for facing in here)
    return ", ".join(f"{name} ({len(facing.scales)})" for name, facing in zip(names, here, strict=True))
