"""What is random and lasts: people's standard normal variables that change slowly from picture to picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..chance import chance
from ..performance import Floats


class Moods:
    """Standard normal variables of people as one camera sees them, some that last and some that do not.

    Those that last are autoregressive (of first order). Everybody's are drawn from a generator of their own, so that
    nobody's errors depend on who else is in the store.

    Args:
        seed: Of the performance.
        camera: Id.
        lasting: How many last.
        fleeting: How many do not.
        memory: Correlation of one that lasts from one picture to the next.
    """

    def __init__(self, seed: int, camera: str, lasting: int, fleeting: int, memory: float) -> None:
        self._seed = seed
        self._camera = camera
        self._lasting = lasting
        self._fleeting = fleeting
        self._memory = memory
        self._random: dict[str, np.random.Generator] = {}
        self._last: dict[str, Floats] = {}

    def next(self, pictures: int, people: Sequence[str]) -> tuple[Floats, Floats]:
        """The variables of the next pictures.

        Args:
            pictures: How many; K.
            people: Names of those in them; whoever is not among them any more is forgotten.

        Returns:
            Those that last [K, P, lasting], and those that do not [K, P, fleeting].
        """
        shape = pictures, len(people)
        if not people:
            return np.zeros((*shape, self._lasting)), np.zeros((*shape, self._fleeting))
        self._random = {name: self._random.get(name) or self._generator(name) for name in people}
        last = [self._last.get(name) for name in people]
        state = np.array(
            [self._normal(name, self._lasting) if old is None else old for name, old in zip(people, last, strict=True)]
        )
        drawn = np.stack([self._normal(name, pictures, self._lasting + self._fleeting) for name in people], axis=1)
        lasting, fleeting = drawn[..., : self._lasting], drawn[..., self._lasting :]
        lasting *= np.sqrt(1 - self._memory**2)
        for now in lasting:
            now += self._memory * state
            state = now
        self._last = dict(zip(people, state.copy(), strict=True))
        return lasting, fleeting

    def _generator(self, name: str) -> np.random.Generator:
        return chance(self._seed, "cameras", self._camera, "people", name)

    def _normal(self, name: str, *shape: int) -> Floats:
        return self._random[name].standard_normal(shape)
