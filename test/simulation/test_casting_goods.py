"""Goods are bound to facings where that is possible at all, and to such that are as they must be."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.simulation.errors import SimulationError
from storegraph.simulation.scenarios.goods import Candidate, Need, bound_goods
from storegraph.simulation.scenarios.language import Goods
from storegraph.store.model import Product

NAMES = ("tea", "coffee", "milk", "juice")
REFERENCES = Goods.REFERENCES


@st.composite
def shelves(draw: st.DrawFn) -> tuple[Candidate, ...]:
    """Up to six facings side by side on up to two shelves of two fixtures; some hold the same product."""
    candidates = []
    for index in range(draw(st.integers(1, 6))):
        fixture = draw(st.sampled_from("AB"))
        gtin = draw(st.sampled_from("12345"))
        candidates.append(
            Candidate(
                facing=index,
                product=Product(gtin=gtin, name=gtin, unit_weight=100.0 * int(gtin)),
                fixture=fixture,
                shelf=f"{fixture}.{draw(st.integers(1, 2))}",
                height=1.0,
                left=0.25 * index,
                right=0.25 * (index + 1),
                plates=1,
                capacity=draw(st.integers(1, 3)),
            )
        )
    return tuple(candidates)


@st.composite
def wanted_goods(draw: st.DrawFn) -> dict[str, Goods]:
    """Up to four names, each of which may refer to one above it."""
    goods: dict[str, Goods] = {}
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        key = draw(st.sampled_from((None, *REFERENCES)))
        other = draw(st.sampled_from(tuple(goods))) if goods else None
        goods[name] = Goods.model_validate({key: other, "within": 150.0} if key and other else {})
    return goods


def related(key: str, one: Candidate, other: Candidate) -> bool:
    """What a key of goods promises, said once more and plainly."""
    neighbours = one.shelf == other.shelf and abs(one.facing - other.facing) == 1
    return {
        "beside": neighbours,
        "right_of": neighbours and one.facing > other.facing,
        "weighs_like": abs(int(one.product.gtin) - int(other.product.gtin)) <= 1,
        "same_product_as": one.product.gtin == other.product.gtin,
        "same_fixture_as": one.fixture == other.fixture,
        "other_fixture_than": one.fixture != other.fixture,
    }[key]


def root(goods: dict[str, Goods], name: str) -> str:
    return root(goods, other) if (other := goods[name].same_product_as) else name


def fits(goods: dict[str, Goods], needs: dict[str, Need], bound: dict[str, Candidate]) -> bool:
    """Whether all goods are as they must be."""
    return (
        len({candidate.facing for candidate in bound.values()}) == len(bound)
        and len({candidate.product.gtin for candidate in bound.values()}) == len({root(goods, name) for name in goods})
        and all(bound[name].capacity >= needs[name].room for name in goods)
        and all(
            related(key, bound[name], bound[other])
            for name, wanted in goods.items()
            for key in REFERENCES
            if (other := getattr(wanted, key))
        )
    )


@settings(max_examples=300, deadline=None)
@given(shelves(), wanted_goods(), st.lists(st.integers(0, 2), min_size=4, max_size=4), st.integers(0, 99))
def test_goods_are_bound_if_and_only_if_they_can_be(
    candidates: tuple[Candidate, ...], goods: dict[str, Goods], room: list[int], seed: int
) -> None:
    needs = {name: Need(room=count) for name, count in zip(NAMES, room, strict=True)}
    possible = any(
        fits(goods, needs, dict(zip(goods, chosen, strict=True))) for chosen in permutations(candidates, len(goods))
    )
    try:
        bound = bound_goods(goods, candidates, needs, np.random.default_rng(seed))
    except SimulationError:
        assert not possible
    else:
        assert list(bound) == list(goods)
        assert fits(goods, needs, bound)
