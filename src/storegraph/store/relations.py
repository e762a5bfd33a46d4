"""Whether the parts of a store fit each other: names that are known, scales that lie where they can.

The checks take the file's content as plain data in which whatever the model refused is None. So they find what they can
in a file that also has problems of structure, and all problems are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from .problem import KeyPath, Problem, dotted, listed, nearest, shown

TAPE_TOLERANCE = 0.01
"""Metres by which plates may overlap or stick out. Measured with a tape to the centimetre, the far edge of a plate is
the sum of two readings, position and size, each up to 5 mm off."""

Data = dict[str, Any]
Placed = tuple[KeyPath, Data]


def problems_of_relation(data: Data) -> Iterator[Problem]:
    """What does not fit.

    Args:
        data: A store's content, as `Store.model_dump` gives it; None in place of what is not known.

    Yields:
        Problems, at the key that names what is not there or that does not fit.
    """
    fixtures = list(_parts(data, (), "fixtures"))
    shelves = [shelf for path, fixture in fixtures for shelf in _parts(fixture, path, "shelves")]
    scales = [scale for path, shelf in shelves for scale in _parts(shelf, path, "scales")]
    products = list(_parts(data, (), "catalogue"))
    yield from _names_in_topics(fixtures)
    yield from _names_in_topics(list(_parts(data, (), "cameras")))
    for parts in (shelves, scales, list(_parts(data, (), "gates"))):
        yield from _given_once(parts, "id")
    yield from _given_once(products, "gtin")
    for path, fixture in fixtures:
        yield from _shelves_in_fixture(path, fixture)
    for path, shelf in shelves:
        yield from _scales_apart(list(_parts(shelf, path, "scales")))
    facings = list(_parts(data, (), "facings"))
    all_known = None not in (data.get("fixtures", ()), *(f.get("shelves", ()) for _, f in fixtures))
    all_known = all_known and all(part.get("scales", ()) is not None for _, part in shelves)
    yield from _scales_of_facings(facings, scales, all_known)
    if data.get("catalogue", ()) is not None:
        yield from _products_of_facings(facings, products)


def _parts(data: Data, path: KeyPath, key: str) -> Iterator[Placed]:
    """The parts listed under a key, each with its place."""
    for place, part in enumerate(data.get(key) or ()):
        if part is not None:
            yield (*path, key, place), part


def _given_once(parts: Iterable[Placed], key: str) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    for path, part in parts:
        name = part.get(key)
        if name in first:
            yield Problem((*path, key), f"{shown(name)} is taken by {dotted(first[name])}; every {key} is given once")
        elif name is not None:
            first[name] = path


def _names_in_topics(parts: Iterable[Placed]) -> Iterator[Problem]:
    """Ids that are part of topic names, in which a dot becomes an underscore."""
    first: dict[str, tuple[KeyPath, str]] = {}
    for path, part in parts:
        name = part.get("id")
        if name is None:
            continue
        topic = name.replace(".", "_")
        if topic in first:
            other, taken = first[topic]
            what = "taken by" if taken == name else f"in a topic the same as {shown(taken)} of"
            yield Problem((*path, "id"), f"{shown(name)} is {what} {dotted(other)}; every id is given once")
        first.setdefault(topic, (path, name))


def _shelves_in_fixture(path: KeyPath, fixture: Data) -> Iterator[Problem]:
    size = _numbers(fixture, "size")
    below = 0.0
    for place, shelf in _parts(fixture, path, "shelves"):
        height = shelf.get("height")
        if height is not None:
            if size and height > size[2] + TAPE_TOLERANCE:
                yield Problem((*place, "height"), f"{height} is above its fixture, which is {size[2]} m high")
            if height < below:
                text = f"{height} is below the shelf before it, at {below} m; shelves go from the bottom up"
                yield Problem((*place, "height"), text)
            below = height
        for scale_place, scale in _parts(shelf, place, "scales"):
            corner, plate = _numbers(scale, "position"), _numbers(scale, "size")
            if not (size and corner and plate):
                continue
            for axis, extent in enumerate(("width", "depth")):
                end = corner[axis] + plate[axis]
                if corner[axis] < -TAPE_TOLERANCE or end > size[axis] + TAPE_TOLERANCE:
                    span = f"{shown(corner)} puts the scale from {corner[axis]:.4g} to {end:.4g} m"
                    text = f"{span}; its fixture's {extent} goes from 0 to {size[axis]:.4g} m"
                    yield Problem((*scale_place, "position"), text)


def _scales_apart(scales: Iterable[Placed]) -> Iterator[Problem]:
    """Scales of one shelf lie side by side."""
    spans = [(path, _numbers(scale, "position"), _numbers(scale, "size")) for path, scale in scales]
    for (path, a, a_size), (other, b, b_size) in combinations(spans, 2):
        if not (a and a_size and b and b_size):
            continue
        overlap = min(min(a[axis] + a_size[axis], b[axis] + b_size[axis]) - max(a[axis], b[axis]) for axis in (0, 1))
        if overlap > TAPE_TOLERANCE:
            text = f"{shown(b)} lays the scale {overlap:.3f} m over {dotted(path)}"
            yield Problem((*other, "position"), f"{text}; at most {TAPE_TOLERANCE} m is allowed")


def _scales_of_facings(facings: Iterable[Placed], scales: Iterable[Placed], all_known: bool) -> Iterator[Problem]:
    shelf_of = {scale["id"]: path[:-2] for path, scale in scales if scale.get("id") is not None}
    facing_of: dict[str, KeyPath] = {}
    for path, facing in facings:
        shelf: KeyPath | None = None
        for place, name in enumerate(facing.get("scales") or ()):
            at = (*path, "scales", place)
            if name is None:
                continue
            if name in facing_of:
                yield Problem(at, f"{shown(name)} is under {dotted(facing_of[name])} too; a scale is under one facing")
            facing_of.setdefault(name, path)
            if name not in shelf_of:
                if all_known:
                    text = f"{shown(name)} is no scale{nearest(name, shelf_of)}; scales are {listed(shelf_of)}"
                    yield Problem(at, text)
                continue
            shelf = shelf or shelf_of[name]
            if shelf_of[name] != shelf:
                text = f"is of {dotted(shelf_of[name])}, those before of {dotted(shelf)}; a facing lies on one shelf"
                yield Problem(at, f"{shown(name)} {text}")


def _products_of_facings(facings: Iterable[Placed], products: Iterable[Placed]) -> Iterator[Problem]:
    known = {product["gtin"] for _, product in products if product.get("gtin") is not None}
    for path, facing in facings:
        gtin = facing.get("gtin")
        if gtin is not None and gtin not in known:
            text = f"{shown(gtin)} is not in the catalogue{nearest(gtin, known)}; add it there, or plan nothing: null"
            yield Problem((*path, "gtin"), text)


def _numbers(part: Data, key: str) -> tuple[float, ...] | None:
    """A list of numbers, or None where one of them is not known."""
    numbers: tuple[float, ...] | None = part.get(key)
    return None if numbers is None or None in numbers else numbers
