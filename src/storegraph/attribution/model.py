"""What attribution assumes, and the forms it reasons in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from storegraph.observations import Action, Items
from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class HandSettings:
    """How hands and bodies relate to the goods they move.

    Attributes:
        margin: Frames this long before and after a weight event count as during it, nanoseconds; one frame of the
            slowest camera.
        memory: A shopper not seen during the event is taken from the nearest frame within this time, nanoseconds.
        speed: How fast a hand may have moved since such a frame, metres per second; a brisk reach.
        joint_sigma: Standard deviation of a joint where the tracker gives no covariance, metres; triangulated wrists
            are commonly reported at 3 to 6 cm.
        min_confidence: A joint below this is taken as not seen.
        room: Distances of those who did not do it are spread evenly up to this, metres; an aisle and its neighbourhood.
        misseen: Share of hands that the tracker has wrong, so that only the body's place counts.
        untracked: Prior weight of somebody whom no camera sees, against 1 for each shopper seen.
    """

    margin: Annotated[int, Span(0.0, 5.0)] = NANOSECONDS // 10
    memory: Annotated[int, Span(0.0, 60.0)] = 2 * NANOSECONDS
    speed: Annotated[float, Range(0.0, 10.0, "m/s")] = 1.0
    joint_sigma: Annotated[float, Range(0.001, 1.0, "m")] = 0.05
    min_confidence: Annotated[float, Range(0.0, 1.0)] = 0.1
    room: Annotated[float, Range(0.1, 100.0, "m")] = 3.0
    misseen: Annotated[float, Range(0.0, 1.0)] = 0.05
    untracked: Annotated[float, Range(0.0, 1.0)] = 0.05


@dataclass(frozen=True, slots=True)
class GoodsSettings:
    """What goods are likely to move.

    Attributes:
        relative_spread: Standard deviation of one item's weight, as a share of it, where the catalogue gives none.
        absolute_spread: The same, as a constant added, grams. Together 2 % + 1 g: packaged goods may fall short of
            their nominal weight by 3 to 4.5 % between 100 g and 1 kg (Directive 76/211/EEC), which producers keep to
            at about two sigma.
        another: Prior ratio of one more item of the same product in one movement.
        mixed: Prior of two products moved at once.
        apart: Prior of one more movement beside another at the same time, which weighing has taken for one.
        misplaced: Prior of goods lying at a place they are not planned for being taken, each, against 1 for the
            planned ones.
        elsewhere: Prior of putting back at a place that is not the product's, against 1 for its own.
        unknown: Prior of a product that the catalogue does not know, or that lies there unnoticed.
        nothing: Prior of a lasting change with no goods moved.
        heaviest: Weights that nothing is known of are spread evenly up to this, grams.
        most: Items of one product considered in one movement.
        negligible: Explanations below this probability are dropped.
    """

    relative_spread: Annotated[float, Range(0.0, 1.0)] = 0.02
    absolute_spread: Annotated[float, Range(0.0, 1000.0, "g")] = 1.0
    another: Annotated[float, Range(0.0, 1.0)] = 0.15
    mixed: Annotated[float, Range(0.0, 1.0)] = 0.02
    apart: Annotated[float, Range(0.0, 1.0)] = 0.02
    misplaced: Annotated[float, Range(0.0, 1.0)] = 0.5
    elsewhere: Annotated[float, Range(0.0, 1.0)] = 0.1
    unknown: Annotated[float, Range(0.0, 1.0)] = 0.01
    nothing: Annotated[float, Range(0.0, 1.0)] = 0.01
    heaviest: Annotated[float, Range(1.0, 100000.0, "g")] = 3000.0
    most: Annotated[int, Range(1, 100)] = 12
    negligible: Annotated[float, Range(0.0, 0.1)] = 1e-6


@dataclass(frozen=True, slots=True)
class AttributionSettings:
    """All that attribution assumes.

    Attributes:
        hands: How hands and bodies relate to the goods they move.
        goods: What goods are likely to move.
        history: Shoppers are remembered this long, nanoseconds; longer than any weight event lasts.
        reported: Joint explanations reported of one event.
    """

    hands: HandSettings = HandSettings()
    goods: GoodsSettings = GoodsSettings()
    history: Annotated[int, Span(1.0, 3600.0)] = 60 * NANOSECONDS
    reported: Annotated[int, Range(1, 100)] = 8


@dataclass(frozen=True, slots=True)
class Presence:
    """How well one shopper's hands fit a weight event.

    Attributes:
        shopper_id: Empty for nobody who is tracked.
        ratio: Likelihood of what was seen if this shopper did it, over the likelihood if not.
        hand_distance: Mean distance from the nearer hand to the scales during the event, metres; NaN where unknown.
    """

    shopper_id: str
    ratio: float
    hand_distance: float


@dataclass(frozen=True, slots=True)
class Movement:
    """Goods that may have moved, with how well the weight fits.

    Attributes:
        action: What was done.
        items: Together; empty where no goods moved.
        weight: Prior times likelihood of the weight change, per gram; only ratios between movements of one event
            matter.
        shopper_id: Who alone can have done it; None where anybody can.
    """

    action: Action
    items: Items
    weight: float
    shopper_id: str | None = None
