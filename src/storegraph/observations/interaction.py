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
class Share:
    """What one of those who pay together holds of a product.

    Attributes:
        shopper_id: Whose.
        expected: How many, in expectation.
    """

    shopper_id: str
    expected: float


@dataclass(frozen=True, slots=True)
class Holding:
    """How many items of a product those who pay together have taken and not put back.

    Attributes:
        party: Who pays together; the shopper's id where somebody came in without a credential.
        gtin: As in the catalogue; empty for a product that the catalogue does not know.
        counts: Probability of each count, from none on; they sum to one.
        shares: Of each who may have some, by shopper id.
        events: Interactions that this rests on, in the order of time.
    """

    party: str
    gtin: str
    counts: tuple[float, ...]
    shares: tuple[Share, ...]
    events: tuple[str, ...]

    def at_least(self, count: int) -> float:
        """Probability of so many or more."""
        return min(sum(self.counts[count:]), 1.0) if count > 0 else 1.0

    def most(self, probability: float) -> int:
        """The largest count of which it is at least so likely that they have so many or more."""
        return max(count for count in range(len(self.counts)) if count == 0 or self.at_least(count) >= probability)


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a weight event meant, as far as is known by now.

    What comes later may tell more of it. Then it is published again, with the same id and a higher revision, which
    replaces the earlier one.

    Attributes:
        stamp: Of what it was concluded from last: the weight event itself, or a later one that tells more of it,
            nanoseconds since the Unix epoch.
        event_id: The weight event; with a name behind it where the event was several movements at a time.
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
        revision: How often it was published before.
        holdings: What is known by now of everything that this changes in what people hold.
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
    revision: int = 0
    holdings: tuple[Holding, ...] = ()

    @property
    def key(self) -> str:
        """The event's id, and which revision: one event may be revised twice at one moment."""
        return f"{self.event_id}#{self.revision}" if self.revision else self.event_id
