"""Who took or put back what, as far as that can be known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Action(IntEnum):
    """What was done; the values are those of `Interaction.msg`."""

    TAKE = 0
    PUT_BACK = 1
    NONE = 2


@dataclass(frozen=True, slots=True, order=True)
class ItemCount:
    """Some items of one product.

    Attributes:
        gtin: As in the catalogue; empty for a product that the catalogue does not know.
        count: How many, at least one.
    """

    gtin: str
    count: int


Items = tuple[ItemCount, ...]
"""Goods moved together, ordered by GTIN; empty where no goods moved."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shopper who may have done it.

    Attributes:
        shopper_id: Empty for nobody who is tracked.
        probability: Marginal probability of WHO.
        hand_distance: Mean distance from the nearer hand to the scales during the event, metres; NaN where unknown.
    """

    shopper_id: str
    probability: float
    hand_distance: float


@dataclass(frozen=True, slots=True)
class ItemsProbability:
    """What may have been moved.

    Attributes:
        items: Together.
        probability: Marginal probability of WHAT (and how many).
    """

    items: Items
    probability: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One whole explanation of a weight event.

    Attributes:
        shopper_id: Empty for nobody who is tracked.
        action: What was done.
        items: Together; empty where no goods moved.
        probability: Joint probability of who, action and items.
    """

    shopper_id: str
    action: Action
    items: Items
    probability: float


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a weight event meant.

    Attributes:
        stamp: As the weight event's, nanoseconds since the Unix epoch.
        event_id: The weight event.
        begin: Of the weight event, nanoseconds since the Unix epoch.
        end: Of the weight event, nanoseconds since the Unix epoch.
        fixture: Fixture id.
        scales: The scales that carried the goods.
        delta: Weight change, grams.
        sigma: Its standard error, grams.
        who: Marginals by falling probability; they sum to one.
        what: Marginals by falling probability; they sum to one.
        action: Marginal probability of each `Action`, in the order of its values.
        hypotheses: The likeliest joint explanations, by falling probability, at least one.
    """

    stamp: int
    event_id: str
    begin: int
    end: int
    fixture: str
    scales: tuple[str, ...]
    delta: float
    sigma: float
    who: tuple[Candidate, ...]
    what: tuple[ItemsProbability, ...]
    action: tuple[float, float, float]
    hypotheses: tuple[Hypothesis, ...]

    @property
    def key(self) -> str:
        """The weight event's id."""
        return self.event_id
