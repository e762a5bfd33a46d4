"""Which facings of a store are the goods of a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from numpy.random import Generator

from storegraph.store.model import Product, Store
from storegraph.store.problem import shown

from ..errors import SimulationError
from .language import Goods

BESIDE = 0.10
"""Metres between the plates of neighbours: two uprights of a gondola and the gap between them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A facing that holds a product: what the goods of a scenario can be.

    Attributes:
        facing: Index in `Store.facings`.
        product: What lies there.
        fixture: Fixture id.
        shelf: Shelf id.
        height: Of the shelf above the floor, metres.
        left: Where its plates begin, along the front of the fixture, metres.
        right: Where they end.
        plates: How many there are.
        capacity: How many items have room.
    """

    facing: int
    product: Product
    fixture: str
    shelf: str
    height: float
    left: float
    right: float
    plates: int
    capacity: int

    def is_beside(self, other: Candidate) -> bool:
        """Whether nothing stands between the two."""
        apart = max(self.left - other.right, other.left - self.right)
        return self.shelf == other.shelf and self.facing != other.facing and apart <= BESIDE


@dataclass(frozen=True, slots=True)
class Need:
    """What people do with goods, as far as it matters which facing they are.

    Attributes:
        room: For how many items there must be room.
        reach: Highest shelf to which all of them reach, metres.
    """

    room: int = 0
    reach: float = math.inf


def candidates_in(store: Store, capacities: Sequence[int]) -> dict[int, Candidate]:
    """The facings that hold a product, by their index.

    Args:
        store: A store whose parts fit each other.
        capacities: How many items have room in each facing.
    """
    plates = {
        scale.id: (fixture, shelf, scale)
        for fixture in store.fixtures
        for shelf in fixture.shelves
        for scale in shelf.scales
    }
    products = store.products()
    candidates: dict[int, Candidate] = {}
    for index, facing in enumerate(store.facings):
        if facing.gtin is None:
            continue
        fixture, shelf, _ = plates[facing.scales[0]]
        scales = [plates[scale][2] for scale in facing.scales]
        candidates[index] = Candidate(
            facing=index,
            product=products[facing.gtin],
            fixture=fixture.id,
            shelf=shelf.id,
            height=fixture.position[2] + shelf.height,
            left=min(scale.position[0] for scale in scales),
            right=max(scale.position[0] + scale.size[0] for scale in scales),
            plates=len(scales),
            capacity=capacities[index],
        )
    return candidates


def bound_goods(
    goods: Mapping[str, Goods], candidates: Iterable[Candidate], needs: Mapping[str, Need], generator: Generator
) -> dict[str, Candidate]:
    """Draws a facing for every name of goods, such that all are as they must be.

    Args:
        goods: What they must be.
        candidates: What there is in the store.
        needs: What is done with them, by name.
        generator: Decides among what fits.

    Returns:
        The facing of each name.

    Raises:
        SimulationError: The store has nothing that fits.
    """
    search = _Search(goods, tuple(candidates), needs, generator)
    if search.bind() is not None:
        name = search.names[search.furthest]
        wanted = [f"{key} {shown(value)}" for key, value in goods[name].model_dump(exclude_defaults=True).items()]
        need = needs.get(name, Need())
        wanted += [f"room for {need.room}"] if need.room else []
        wanted += [f"not above {need.reach:.2f} m"] if math.isfinite(need.reach) else []
        others = f" and goes with {', '.join(search.names[: search.furthest])}" if search.furthest else ""
        raise SimulationError(
            f"goods.{name}: nothing in the store is as it must be ({', '.join(wanted) or 'any'}){others}; "
            "play the scenario in another store, or ask for less"
        )
    return search.bound


class _Search:
    """Conflict-directed backjumping (Prosser, "Hybrid algorithms for the constraint satisfaction problem", 1993).

    Names are bound in their order; where none fits, the search goes back to the last name that had to do with it.
    """

    def __init__(
        self,
        goods: Mapping[str, Goods],
        candidates: tuple[Candidate, ...],
        needs: Mapping[str, Need],
        generator: Generator,
    ) -> None:
        self.names = tuple(goods)
        self.bound: dict[str, Candidate] = {}
        self.furthest = 0
        self._goods = goods
        self._candidates = {
            name: [
                candidates[index]
                for index in generator.permutation(len(candidates))
                if _suits(goods[name], needs.get(name, Need()), candidates[index])
            ]
            for name in self.names
        }

    def bind(self) -> set[str] | None:
        """Binds all names that are not yet bound; else the names that are in the way."""
        if len(self.bound) == len(self.names):
            return None
        name = self.names[len(self.bound)]
        self.furthest = max(self.furthest, len(self.bound))
        in_the_way: set[str] = set()
        for candidate in self._candidates[name]:
            if hindering := self._hindering(name, candidate):
                in_the_way |= hindering
                continue
            self.bound[name] = candidate
            deeper = self.bind()
            if deeper is None:
                return None
            del self.bound[name]
            if name not in deeper:
                return deeper
            in_the_way |= deeper - {name}
        return in_the_way

    def _hindering(self, name: str, candidate: Candidate) -> set[str]:
        """The bound names because of which a name cannot be bound to a candidate."""
        goods, bound = self._goods[name], self.bound
        wrong = {other for key, other in _references(goods) if not _relates(key, candidate, bound[other], goods.within)}
        taken = {
            other
            for other, there in bound.items()
            if there.facing == candidate.facing
            or (there.product.gtin == candidate.product.gtin and self._root(other) != self._root(name))
        }
        return wrong | taken

    def _root(self, name: str) -> str:
        while other := self._goods[name].same_product_as:
            name = other
        return name


def _references(goods: Goods) -> list[tuple[str, str]]:
    return [(key, other) for key in Goods.REFERENCES if (other := getattr(goods, key))]


def _suits(goods: Goods, need: Need, candidate: Candidate) -> bool:
    """Whether a candidate is as the goods must be, apart from other goods."""
    product = candidate.product
    return (
        candidate.capacity >= need.room
        and candidate.height <= need.reach
        and goods.product in ("", product.gtin, product.name)
        and (goods.age_limited is None or goods.age_limited == (product.age_limit is not None))
        and (goods.plates is None or (goods.plates == "one") == (candidate.plates == 1))
        and (goods.height is None or goods.height[0] <= candidate.height <= goods.height[1])
        and (
            goods.weight is None
            or (product.unit_weight is not None and goods.weight[0] <= product.unit_weight <= goods.weight[1])
        )
    )


def _relates(key: str, candidate: Candidate, other: Candidate, within: float) -> bool:
    """Whether a candidate is to another one as a key of `Goods` says."""
    match key:
        case "beside":
            return candidate.is_beside(other)
        case "right_of":
            return candidate.is_beside(other) and candidate.left > other.left
        case "same_product_as":
            return candidate.product.gtin == other.product.gtin
        case "same_fixture_as":
            return candidate.fixture == other.fixture
        case "other_fixture_than":
            return candidate.fixture != other.fixture
        case "weighs_like":
            one, another = candidate.product.unit_weight, other.product.unit_weight
            return one is not None and another is not None and abs(one - another) <= within
    raise AssertionError(key)
