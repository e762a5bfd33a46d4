"""What goods weigh: the catalogue, and what has been learnt since."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from storegraph.store.model import Product, Store

from .model import Thing, WeightSettings


@dataclass(frozen=True, slots=True)
class UnitWeight:
    """What one item of a product weighs.

    Attributes:
        mean: Of the product, grams.
        variance: Of that mean: it is not known exactly, square grams.
        spread: Standard deviation between items, grams.
    """

    mean: float
    variance: float
    spread: float


class UnitWeights:
    """Follows each product's weight from what is taken and put back without doubt.

    The mean is a random walk that starts at the catalogue's value, followed by a Kalman filter of one state; it stays
    within `farthest` of the catalogue, so that no run of errors leads it away. A product without a weight in the
    catalogue gets that of the first item.

    Args:
        store: The catalogue.
        settings: What is assumed.
    """

    def __init__(self, store: Store, settings: WeightSettings) -> None:
        self._settings = settings
        self._known = {
            product.gtin: self._start(product.unit_weight, product)
            for product in store.catalogue
            if product.unit_weight is not None
        }
        self._catalogue = {gtin: weight.mean for gtin, weight in self._known.items()}

    def of(self, gtin: str) -> UnitWeight | None:
        """What one item weighs; None where that is not known."""
        return self._known.get(gtin)

    def learn(self, gtin: str, count: int, grams: float, sigma: float) -> None:
        """Takes in what some items weighed together; the product and the count were not in doubt."""
        weight = self._known.get(gtin)
        if weight is None:
            self._known[gtin] = self._start(grams / count, None)
            self._catalogue[gtin] = grams / count
            return
        error = math.sqrt(weight.spread**2 / count + (sigma / count) ** 2)
        prior = weight.variance + (self._settings.wandering * weight.mean) ** 2
        innovation = grams / count - weight.mean
        if abs(innovation) > 4 * math.sqrt(prior + error**2):
            return  # something disturbed the scale
        gain = prior / (prior + error**2)
        reference = self._catalogue[gtin]
        farthest = self._settings.farthest * reference
        mean = min(max(weight.mean + gain * innovation, reference - farthest), reference + farthest)
        self._known[gtin] = UnitWeight(mean, (1 - gain) * prior, weight.spread)

    def density(self, grams: float, sigma: float, parts: Sequence[tuple[float, float]]) -> float:
        """How likely a measured weight is, per gram.

        Args:
            grams: Measured.
            sigma: Its standard error, grams.
            parts: Expected grams of each part, and its standard deviation.
        """
        share = self._settings.disturbed
        off = grams - sum(mean for mean, _ in parts)
        variance = sigma * sigma + sum(spread * spread for _, spread in parts)
        return (1 - share) * _normal(off, variance) + share * _normal(off, variance + self._settings.disturbance**2)

    def density_of(self, grams: float, sigma: float, counts: Sequence[tuple[str, int]]) -> float:
        """The same of some items of products; spread evenly where one's weight is not known."""
        parts = []
        for gtin, count in counts:
            weight = self._known.get(gtin)
            if weight is None:
                return 1 / self._settings.heaviest
            parts.append((count * weight.mean, math.sqrt(count * weight.spread**2 + count**2 * weight.variance)))
        return self.density(grams, sigma, parts)

    def things(
        self, name: str, since: int, grams: float, sigma: float, counts: Sequence[tuple[str, int]]
    ) -> tuple[Thing, ...]:
        """The items behind a measured weight, each with what it weighs itself as far as the measurement tells.

        The difference between measured and expected weight is shared out among the items by their variances.

        Args:
            name: Begins their ids.
            since: When they were moved, nanoseconds since the Unix epoch.
            grams: Measured, of all together.
            sigma: Its standard error, grams.
            counts: Products and how many of each.
        """
        what = "".join(f":{count}x{gtin}" for gtin, count in counts)  # other ways to explain an event have other things
        gtins = [gtin for gtin, count in counts for _ in range(count)]
        known = [self._known.get(gtin) or UnitWeight(grams / len(gtins), 0.0, grams / len(gtins)) for gtin in gtins]
        variances = [weight.spread**2 + weight.variance for weight in known]
        total = sum(variances) + sigma * sigma
        off = grams - sum(weight.mean for weight in known)
        if off * off > 16 * total:
            off, total = 0.0, math.inf  # something disturbed the scale: the measurement says nothing of the items
        return tuple(
            Thing(
                f"{name}#{number}{what}",
                gtin,
                weight.mean + off * variance / total,
                math.sqrt(max(variance - variance * variance / total, 0.01)),
                since,
            )
            for number, (gtin, weight, variance) in enumerate(zip(gtins, known, variances, strict=True))
        )

    def _start(self, mean: float, product: Product | None) -> UnitWeight:
        spread = product.unit_weight_sigma if product else None
        if spread is None:
            spread = self._settings.relative_spread * mean + self._settings.absolute_spread
        return UnitWeight(mean, (self._settings.drift * mean) ** 2, spread)


def _normal(off: float, variance: float) -> float:
    """Density of the normal distribution."""
    return math.exp(-0.5 * off * off / variance) / math.sqrt(2 * math.pi * variance)
