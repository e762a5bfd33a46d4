"""Goods on shelves: how large a piece is, where it stands, and what each scale bears of it.

A place of goods is the rectangle around the plates of a facing. Its own axes are those of its fixture: x along the
front to the right, y into the shelf, z up, from its left front corner.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Product, Scale, Store

from ..chance import chance
from ..performance import Item, Standing

Floats = NDArray[np.float64]
Size = tuple[float, float, float]

DENSITY = 0.7
"""Of packed groceries, grams a cubic centimetre: drinks have 1.0, flour 0.5, crisps below 0.1 (FAO/INFOODS Density
Database 2.0, 2012), and packs hold some air."""

SLENDERNESS = 1.8
"""Height of a piece as a multiple of its width: between a can and a bottle."""

GAP = 0.01
"""Between pieces, metres: a finger's breadth."""

HEADROOM = 0.03
"""Between a piece and the shelf above it, metres, so that it can be lifted out."""

PLAUSIBLE_WEIGHT = 400.0
"""Of a product whose weight the store file does not know, grams: the median of config/stores/corner.yaml is 514, and
what is not weighed in advance is rather small."""

PLAUSIBLE_SPREAD = 0.5
"""Standard deviation of the logarithm of that weight: two of three lie between 240 and 660 g."""

RELATIVE_SPREAD = 0.02
"""Of one item's weight, as a share of it, where the store file gives none: prepacked goods may fall short of their
nominal quantity by 1.5 to 9 % (Directive 76/211/EEC)."""

FARTHEST = 3.0
"""An item's weight lies within so many standard deviations: what is farther off, a factory's checkweigher rejects."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A scale below a place of goods, in the place's axes, metres."""

    scale: str
    left: float
    right: float
    front: float
    back: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where the goods of a facing stand.

    Attributes:
        facing: Index in `Store.facings`.
        fixture: Id of its fixture.
        origin: Left front corner of its floor in `map`, metres.
        yaw: Turn about z, radians; a shopper facing it looks along its y axis.
        size: Width, depth and free height, metres.
        plates: Below it.
    """

    facing: int
    fixture: str
    origin: tuple[float, float, float]
    yaw: float
    size: Size
    plates: tuple[Plate, ...]

    def to_map(self, x: float, y: float, z: float = 0.0) -> tuple[float, float, float]:
        """A point of the place's axes in `map`."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        left, front, base = self.origin
        return left + cosine * x - sine * y, front + sine * x + cosine * y, base + z

    def from_map(self, x: float, y: float) -> tuple[float, float]:
        """A point of `map` in the place's axes."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        dx, dy = x - self.origin[0], y - self.origin[1]
        return cosine * dx + sine * dy, cosine * dy - sine * dx

    def shares(self, x: float, y: float, size: Size) -> dict[str, float]:
        """Scale id to the part of the weight that it bears of a piece whose base has its middle at x, y."""
        half_width, half_depth = size[0] / 2, size[1] / 2
        areas = {
            plate.scale: max(0.0, min(x + half_width, plate.right) - max(x - half_width, plate.left))
            * max(0.0, min(y + half_depth, plate.back) - max(y - half_depth, plate.front))
            for plate in self.plates
        }
        whole = sum(areas.values())
        if whole <= 0.0:  # over a gap between plates
            return {min(self.plates, key=lambda plate: abs((plate.left + plate.right) / 2 - x)).scale: 1.0}
        return {scale: area / whole for scale, area in areas.items() if area > 0.0}


@dataclass(eq=False, slots=True)
class Placed:
    """An item on a shelf.

    Attributes:
        item: What.
        standing: Where.
        x, y: Middle of its base in the place's axes, metres.
        put: Running number of the put-back that brought it; 0 where it stood there from the beginning, or is new.
        busy: A hand is about to take it or has not let go of it yet.
    """

    item: Item
    standing: Standing
    x: float
    y: float
    put: int = 0
    busy: bool = False


class Stock:
    """What stands on the shelves, item by item, as it changes."""

    def __init__(self, store: Store, counts: Sequence[int], seed: int) -> None:
        """Fills the shelves.

        Args:
            store: Whose.
            counts: How many items stand in each facing.
            seed: Of the performance.
        """
        self.places = places_of(store)
        self._products = store.products()
        self._seed = seed
        self._made = 0
        self._puts = 0
        self._weights = {gtin: _weight(product, seed) for gtin, product in self._products.items()}
        self._chances = {gtin: chance(seed, "stock", gtin) for gtin in self._products}
        self._placed: list[list[Placed]] = [[] for _ in store.facings]
        for facing, count in enumerate(counts):
            self._fill(facing, store.facings[facing].gtin, count)

    @property
    def standing(self) -> tuple[tuple[Item, Standing], ...]:
        """Everything, facing by facing."""
        return tuple((placed.item, placed.standing) for facing in self._placed for placed in facing)

    def new(self, gtin: str, facing: int) -> Item:
        """A new piece of a product, of a size that fits where it is meant to stand."""
        mean, spread = self._weights[gtin]
        off = float(np.clip(self._chances[gtin].normal(), -FARTHEST, FARTHEST))
        self._made += 1
        size = _fitting(item_size(self._products[gtin]), self.places[facing])
        return Item(f"{gtin}-{self._made}", gtin, max(mean + spread * off, mean / 2), size)

    def choose(self, facing: int, count: int, near: float) -> list[Placed]:
        """Which pieces a hand takes: what was put there last, then the front ones, and of those the nearest.

        Args:
            facing: Where from.
            count: How many at most.
            near: Where the hand is along the front, in the place's axes, metres.
        """
        free = [placed for placed in self._placed[facing] if not placed.busy]
        return sorted(free, key=lambda placed: (-placed.put, round(placed.y, 3), abs(placed.x - near)))[:count]

    def remove(self, placed: Placed) -> None:
        """Takes a piece off the shelf."""
        self._placed[placed.standing.facing].remove(placed)

    def put(self, item: Item, facing: int, near: float, *, new: bool = False) -> Placed:
        """Sets a piece down: in front where there is room, else wherever there is, else on top of what stands in front.

        Args:
            item: What.
            facing: Where.
            near: Where the hand is along the front, in the place's axes, metres.
            new: Whether it is new goods, which are not the first to be taken.
        """
        place = self.places[facing]
        size = _fitting(item.size, place)
        there = self._placed[facing]
        free = [(x, y) for x, y in spots(place, size) if not any(_overlap(x, y, size, other) for other in there)]
        if free:
            x, y = min(free, key=lambda spot: (round(spot[1], 3), abs(spot[0] - near)))
            base = 0.0
        else:
            below = min(there, key=lambda placed: (round(placed.y, 3), abs(placed.x - near)))
            x, y, base = below.x, below.y, below.standing.point[2] - place.origin[2] + below.item.size[2]
        placed = _placed(place, item, x, y, base)
        if not new:
            self._puts += 1
            placed.put = self._puts
        there.append(placed)
        return placed

    def _fill(self, facing: int, gtin: str | None, count: int) -> None:
        if gtin is None:
            return
        place = self.places[facing]
        layout = spots(place, _fitting(item_size(self._products[gtin]), place))
        self._placed[facing] = [
            _placed(place, self.new(gtin, facing), x, y, 0.0) for x, y in layout[: min(count, len(layout))]
        ]
        for _ in range(count - len(layout)):
            self.put(self.new(gtin, facing), facing, place.size[0] / 2, new=True)


def places_of(store: Store) -> tuple[Place, ...]:
    """Where the goods of each facing stand."""
    scales = {
        scale.id: (fixture, shelf, scale)
        for fixture in store.fixtures
        for shelf in fixture.shelves
        for scale in shelf.scales
    }
    places = []
    for index, facing in enumerate(store.facings):
        fixture, shelf, _ = scales[facing.scales[0]]
        below = [scales[scale][2] for scale in facing.scales]
        left, front = (min(scale.position[axis] for scale in below) for axis in (0, 1))
        right, back = (max(scale.position[axis] + scale.size[axis] for scale in below) for axis in (0, 1))
        cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
        x, y, z = fixture.position
        places.append(
            Place(
                facing=index,
                fixture=fixture.id,
                origin=(x + cosine * left - sine * front, y + sine * left + cosine * front, z + shelf.height),
                yaw=fixture.yaw,
                size=(right - left, back - front, shelf.clearance),
                plates=tuple(_plate(scale, left, front) for scale in below),
            )
        )
    return tuple(places)


def item_size(product: Product) -> Size:
    """Width, depth and height of a piece, metres: a square column of the goods' weight."""
    width = ((product.unit_weight or PLAUSIBLE_WEIGHT) / DENSITY / SLENDERNESS * 1e-6) ** (1 / 3)
    return width, width, SLENDERNESS * width


def capacities(store: Store) -> tuple[int, ...]:
    """How many pieces stand beside and behind one another in each facing; 0 where it is empty by plan."""
    products = store.products()
    return tuple(
        0 if facing.gtin is None else len(spots(place, _fitting(item_size(products[facing.gtin]), place)))
        for facing, place in zip(store.facings, places_of(store), strict=True)
    )


def spots(place: Place, size: Size) -> list[tuple[float, float]]:
    """Middles of the bases of pieces in rows and columns, in the place's axes: the front row first, from the left."""
    width, depth, _ = place.size
    columns = max(1, int((width + GAP) / (size[0] + GAP)))
    rows = max(1, int((depth + GAP) / (size[1] + GAP)))
    across = width / columns
    middles = [(row + 0.5) * size[1] + row * GAP for row in range(rows)]
    return [((column + 0.5) * across, y) for y in middles for column in range(columns)]


def loads_of(items: Sequence[tuple[Item, Standing]], sign: int) -> Mapping[str, float]:
    """Scale id to the change of load, grams, when items come (`sign` 1) or go (-1)."""
    loads: dict[str, float] = {}
    for item, standing in items:
        for scale, share in standing.shares.items():
            loads[scale] = loads.get(scale, 0.0) + sign * item.weight * share
    return loads


def _fitting(size: Size, place: Place) -> Size:
    """A piece that stands in a place: lower and broader where the shelf above is low, and no broader than the place."""
    width, depth, height = size
    room = max(place.size[2] - HEADROOM, HEADROOM)
    if height > room:
        broader = math.sqrt(height / room)
        width, depth, height = width * broader, depth * broader, room
    return min(width, place.size[0]), min(depth, place.size[1]), height


def _weight(product: Product, seed: int) -> tuple[float, float]:
    """Mean and standard deviation of the weight of a product's pieces, grams."""
    mean = product.unit_weight
    if mean is None:
        drawn = chance(seed, "unknown weight", product.gtin).normal(math.log(PLAUSIBLE_WEIGHT), PLAUSIBLE_SPREAD)
        mean = math.exp(drawn)
    return mean, RELATIVE_SPREAD * mean if product.unit_weight_sigma is None else product.unit_weight_sigma


def _placed(place: Place, item: Item, x: float, y: float, base: float) -> Placed:
    shares = place.shares(x, y, item.size)
    return Placed(item, Standing(place.facing, place.to_map(x, y, base), place.yaw, shares), x, y)


def _overlap(x: float, y: float, size: Size, other: Placed) -> bool:
    touch = 1e-6  # metres: pieces that stand in rows may touch
    apart_x, apart_y = abs(x - other.x), abs(y - other.y)
    return apart_x < (size[0] + other.item.size[0]) / 2 - touch and apart_y < (size[1] + other.item.size[1]) / 2 - touch


def _plate(scale: Scale, left: float, front: float) -> Plate:
    x, y = scale.position[0] - left, scale.position[1] - front
    return Plate(scale.id, x, x + scale.size[0], y, y + scale.size[1])
