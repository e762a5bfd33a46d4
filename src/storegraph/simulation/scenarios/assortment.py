"""What random people can take: which goods are left, and in which one finds what one expects.

In what order random people come to a shelf is known only when they act, and a hand meets what was put there last. So
who does something with an item later (gives it away, puts it back) takes it where nobody leaves anything else.

Goods go by the index of their facing, as a text: `"12"`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from numpy.random import Generator

from .goods import Candidate

T = TypeVar("T")

Suits = Callable[[Candidate], bool]


def anything(_: Candidate) -> bool:
    """Suits whoever takes no matter what."""
    return True


class Assortment:
    """The goods of a store while random visits are made up.

    Attributes:
        generator: Decides.
    """

    def __init__(self, candidates: Mapping[str, Candidate], generator: Generator) -> None:
        """Everything is there that has room.

        Args:
            candidates: Facings with goods, by name.
            generator: Decides.
        """
        self.generator = generator
        self._candidates = candidates
        self._left = {name: candidate.capacity for name, candidate in candidates.items()}
        self._relied_on: set[str] = set()
        self._mixed: set[str] = set()
        self._ordered: list[tuple[float, str, int]] = []

    def one_of(self, choices: Sequence[T]) -> T:
        """Any of several things."""
        return choices[int(self.generator.integers(len(choices)))]

    def seen(self, suits: Suits = anything) -> str | None:
        """Goods that one looks at or touches; None where none suit."""
        names = [name for name, candidate in self._candidates.items() if suits(candidate)]
        return self.one_of(names) if names else None

    def taken(self, suits: Suits = anything, count: int = 1) -> str | None:
        """Goods that one takes, whatever a hand meets there; None where none are left."""
        return self._take(suits, count, unlike=set())

    def relied_on(self, suits: Suits = anything, count: int = 1) -> str | None:
        """Goods that one takes and does something with later; None where none are left."""
        name = self._take(suits, count, unlike=self._mixed)
        if name:
            self._relied_on.add(name)
        return name

    def disturbed(self, suits: Suits = anything, count: int = 1) -> str | None:
        """Goods that one takes, and leaves something else in their place; None where none are left."""
        name = self._take(suits, count, unlike=self._mixed | self._relied_on)
        if name:
            self._relied_on.add(name)
            self._mixed.add(name)
        return name

    def right_of(self, name: str) -> Suits:
        """Suits what stands to the right of goods."""
        here = self._candidates[name]
        return lambda candidate: candidate.is_beside(here) and candidate.left > here.left

    def among(self, name: str, skill: float, *, suits: Suits = anything, taken: bool = False) -> str | None:
        """Goods among which goods of a name are left: with skill 0 any, with 1 those that weigh most nearly the same.

        Args:
            name: What is left there.
            skill: 0 to 1.
            suits: What they must be.
            taken: Whether one of them is taken from there before.

        Returns:
            Their name; None where there are none for it.
        """
        product = self._candidates[name].product
        unlike = self._relied_on | self._mixed if taken else self._relied_on
        apart = [
            (abs(candidate.product.unit_weight - product.unit_weight), other)
            for other, candidate in self._candidates.items()
            if candidate.product.gtin != product.gtin and other not in unlike and self._left[other] >= taken
            if candidate.product.unit_weight is not None and product.unit_weight is not None and suits(candidate)
        ]
        if not apart:
            return None
        considered = 1 + (1 - skill) * (len(apart) - 1)
        _, place = sorted(apart)[int(self.generator.random() * considered)]
        self._left[place] -= taken
        self._mixed.add(place)
        if taken:
            self._relied_on.add(place)
        return place

    def restocked(self, most: int, moment: float) -> tuple[str, int] | None:
        """The goods that lack most, and how many are brought, to be taken from a moment on; None if nothing lacks."""
        lacking = {name: candidate.capacity - self._left[name] for name, candidate in self._candidates.items()}
        for _, name, count in self._ordered:
            lacking[name] -= count
        name = max(lacking, key=lambda name: lacking[name], default="")
        if not name or lacking[name] <= 0:
            return None
        count = min(lacking[name], most)
        self._ordered.append((moment, name, count))
        return name, count

    def advance(self, moment: float) -> None:
        """What has been restocked by a moment can be taken."""
        for arrival in [arrival for arrival in self._ordered if arrival[0] <= moment]:
            self._ordered.remove(arrival)
            self._left[arrival[1]] += arrival[2]

    def _take(self, suits: Suits, count: int, unlike: set[str]) -> str | None:
        names = [
            name
            for name, candidate in self._candidates.items()
            if self._left[name] >= count and name not in unlike and suits(candidate)
        ]
        if not names:
            return None
        name = self.one_of(names)
        self._left[name] -= count
        return name
