"""What attribution assumes, and the forms it reasons in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from storegraph.observations import Action, Items
from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class HandSettings:
    """How hands and bodies relate to the goods they move.

    Attributes:
        trajectories: Whether hands are looked at over the whole event; without, only the body at its end counts.
        margin: Frames this long before and after a weight event count as during it, nanoseconds; one frame of the
            slowest camera.
        decisive: Of a longer event this much counts, nanoseconds: the end of a loss, as another hand may have pressed
            before, and the beginning of a gain. People lift goods in 0.1 to 0.5 s.
        memory: A shopper not seen during the event is taken from the nearest frame within this time, nanoseconds.
        hidden: A shopper who is inside and has not been seen for longer than that, up to this time, may have stayed or
            be anywhere, nanoseconds; after it nobody waits for them.
        stays: So long somebody who has not been seen since stays where they were, on average, nanoseconds. Of 3,367
            movements in simulated shops, 45 % were made by who had been within 0.6 m of there 4 s before, 28 % 5 s
            before, and 13 % 7 s before.
        speed: How fast a hand may have moved since such a frame, metres per second; a brisk reach.
        joint_sigma: Standard deviation of a joint where the tracker gives no covariance, metres; triangulated wrists
            are commonly reported at 3 to 6 cm.
        min_confidence: A joint below this is taken as not seen.
        wrist: Standard deviation of the distance from the wrist of who moves goods to the space over the scales, before
            anything has been learnt of it, metres; where a joint's own covariance says more, that counts. Of 520
            movements in simulated shops, seen by the tracker, 90 % of wrists were within 0.066 m and 95 % within
            0.093 m, which are a normal distribution's shares at 0.04 and 0.05 m.
        learning: How many movements without doubt weigh as much as that.
        room: Distances of those who did not do it are spread evenly up to this, metres; an aisle and its neighbourhood.
        misseen: Share of hands that the tracker has wrong, so that only the body's place counts.
        untracked: Prior weight of somebody whom no camera sees, against 1 for each shopper seen.
        uncounted: It is so many times as much while gates have told of everybody who is inside and all of them are
            seen: somebody else must have come in by no gate.
        meeting: Hands of two shoppers this close may pass something on, metres; twice the length of a hand.
        dwell: A hand over a scale that cannot weigh, for at least so long, may have moved goods there, nanoseconds:
            four frames at 15 Hz. In fewer a hand only passes by.
        resting: A hand that is over it for longer rests or presses there, nanoseconds. In the simulated shops, seen by
            the tracker, 166 of 172 hands that took something were gone by then, and 47 of 50 that put something back.
        pause: A hand that is away for longer has ended its reach, nanoseconds; two frames of the slowest camera.
        unweighed: A reach is judged so long after its end, nanoseconds, when what was weighed at the same time is
            known: weighing takes less than that.
    """

    trajectories: bool = True
    margin: Annotated[int, Span(0.0, 5.0)] = NANOSECONDS // 10
    decisive: Annotated[int, Span(0.0, 60.0)] = 6 * NANOSECONDS // 10
    memory: Annotated[int, Span(0.0, 60.0)] = 2 * NANOSECONDS
    hidden: Annotated[int, Span(0.0, 3600.0)] = 60 * NANOSECONDS
    stays: Annotated[int, Span(0.1, 3600.0)] = 4 * NANOSECONDS
    speed: Annotated[float, Range(0.0, 10.0, "m/s")] = 1.0
    joint_sigma: Annotated[float, Range(0.001, 1.0, "m")] = 0.05
    min_confidence: Annotated[float, Range(0.0, 1.0)] = 0.1
    wrist: Annotated[float, Range(0.01, 1.0, "m")] = 0.05
    learning: Annotated[int, Range(1, 1000)] = 2
    room: Annotated[float, Range(0.1, 100.0, "m")] = 3.0
    misseen: Annotated[float, Range(0.0, 1.0)] = 0.05
    untracked: Annotated[float, Range(0.0, 1.0)] = 0.05
    uncounted: Annotated[float, Range(0.0, 1.0)] = 0.1
    meeting: Annotated[float, Range(0.0, 5.0, "m")] = 0.4
    dwell: Annotated[int, Span(0.0, 60.0)] = NANOSECONDS // 5
    resting: Annotated[int, Span(0.0, 60.0)] = 3 * NANOSECONDS // 2
    pause: Annotated[int, Span(0.0, 60.0)] = 4 * NANOSECONDS // 10
    unweighed: Annotated[int, Span(0.0, 60.0)] = 2 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class WeightSettings:
    """What goods weigh, and how far a measured weight may be off.

    Attributes:
        relative_spread: Standard deviation of one item's weight, as a share of it, where the catalogue gives none.
        absolute_spread: The same, as a constant added, grams. Together 2 % + 1 g: packaged goods may fall short of
            their nominal weight by 3 to 4.5 % between 100 g and 1 kg (Directive 76/211/EEC), which producers keep to
            at about two sigma.
        drift: Standard deviation of a product's mean weight beside the catalogue's, as a share of it.
        wandering: How much it changes from one movement to the next, as a share of it.
        farthest: A mean that has been learnt is never further than this from the catalogue's, as a share of it.
        disturbed: Share of weight events that something else disturbs: a hand on the plate, a movement beside it.
        disturbance: Standard deviation of such an error, grams. Of 1054 movements in the simulated corner shop 5 % were
            off by more than 5 g, 2 % by 14 g, 1 % by 31 g.
        heaviest: Weights that nothing is known of are spread evenly up to this, grams.
    """

    relative_spread: Annotated[float, Range(0.0, 1.0)] = 0.02
    absolute_spread: Annotated[float, Range(0.0, 1000.0, "g")] = 1.0
    drift: Annotated[float, Range(0.0, 1.0)] = 0.005
    wandering: Annotated[float, Range(0.0, 1.0)] = 0.0005
    farthest: Annotated[float, Range(0.0, 1.0)] = 0.2
    disturbed: Annotated[float, Range(0.0, 1.0)] = 0.05
    disturbance: Annotated[float, Range(0.1, 1000.0, "g")] = 20.0
    heaviest: Annotated[float, Range(1.0, 100000.0, "g")] = 3000.0


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """What people are likely to do. All are relative to 1 for taking one item of what is planned on a scale.

    Attributes:
        carts: Whether a shopper puts back only what a cart holds; without, anybody may put back anything.
        contents: Whether goods that lie where they are not planned are kept in mind.
        another: One more item of the same product in one movement.
        mixed: Two products moved at once.
        together: Two people who take from one place at one time, which weighing takes for one movement; any two alike.
        blurred: Somebody puts back and somebody takes at one place at one time, which weighing takes for one movement.
        busy: The same person also makes another movement elsewhere at the same time, with the other hand.
        seen_twice: Likelihood by which a hand that explains one of two movements at a time speaks less for the other:
            it has been seen there once.
        apart: One more movement beside another at the same time, which weighing has taken for one.
        misplaced: Taking something that lies where it is not planned.
        anothers: Taking away something that is not the shop's and that somebody else has set down, against 1 for what
            one has set down oneself.
        elsewhere: Putting back at a place that is not the product's, against 1 for its own.
        handed: Putting back what somebody took whose hands were close to one's own since then.
        handed_in_party: The same, of somebody who came in on the same credential.
        found: The same, of anybody else: it was left somewhere and found.
        passed: Probability that something changes hands where two who pay apart meet with hands reached out, away from
            the shelves; counts where `holder_pays`. In the simulated shops it was so four times in seven.
        restocked: Goods put on their shelf that nobody took, by somebody who is no staff.
        unknown: A product that the catalogue does not know, or that lies there unnoticed: rarer than `nothing`, which
            every hand does that presses or holds, and not so rare that nobody is asked of a loss that stays.
        nothing: A lasting change with no goods moved.
        reached: Probability that a hand that stayed over a scale that is known not to weigh took something, which then
            is asked of a person; none: such hands are not looked at. In the simulated shops 374 of 527 hands that
            stayed for `hands.dwell` took something, and 50 put something back; the others touched or waited. Below a
            half all the same: what no scale has weighed is asked about, and is no part of the best guess.
        most: Items of one product considered in one movement.
    """

    carts: bool = True
    contents: bool = True
    another: Annotated[float, Range(0.0, 1.0)] = 0.15
    mixed: Annotated[float, Range(0.0, 1.0)] = 0.02
    together: Annotated[float, Range(0.0, 1.0)] = 0.1
    blurred: Annotated[float, Range(0.0, 1.0)] = 0.01
    busy: Annotated[float, Range(0.0, 1.0)] = 0.1
    seen_twice: Annotated[float, Range(0.0, 1.0)] = 0.1
    apart: Annotated[float, Range(0.0, 1.0)] = 0.02
    misplaced: Annotated[float, Range(0.0, 1.0)] = 0.5
    anothers: Annotated[float, Range(0.0, 1.0)] = 0.02
    elsewhere: Annotated[float, Range(0.0, 1.0)] = 0.1
    handed: Annotated[float, Range(0.0, 1.0)] = 0.05
    handed_in_party: Annotated[float, Range(0.0, 1.0)] = 0.3
    found: Annotated[float, Range(0.0, 1.0)] = 0.002
    passed: Annotated[float, Range(0.0, 1.0)] = 0.5
    restocked: Annotated[float, Range(0.0, 1.0)] = 0.001
    unknown: Annotated[float, Range(0.0, 1.0)] = 0.003
    nothing: Annotated[float, Range(0.0, 1.0)] = 0.01
    reached: Annotated[float, Range(0.0, 1.0)] = 0.45
    most: Annotated[int, Range(1, 100)] = 12


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How many histories are kept, and for how long.

    Attributes:
        beam: Histories kept of events that hang together. With one, each event is decided by itself when it comes.
        negligible: Histories this much less likely than the likeliest one are dropped.
        settle: What everybody involved did is final this long after they left, nanoseconds: later than their receipts.
        lag: What has not been touched for so long is final, nanoseconds; longer than people shop.
        judged: Weight events that are final and that a person's verdict still corrects, the last ones: a line waits for
            a day (`review.within`), in which a small shop has so many.
        revising: Whether later events change what was told of earlier ones. Without, it stays as it was told at first.
        told_again: An interaction is told again when its probabilities change by this much in all.
        reported: Joint explanations reported of one event.
    """

    beam: Annotated[int, Range(1, 10000)] = 64
    negligible: Annotated[float, Range(0.0, 0.1)] = 1e-6
    settle: Annotated[int, Span(0.0, 3600.0)] = 10 * NANOSECONDS
    lag: Annotated[int, Span(1.0, 86400.0)] = 7200 * NANOSECONDS
    judged: Annotated[int, Range(0, 1_000_000)] = 1000
    revising: bool = True
    told_again: Annotated[float, Range(0.0, 1.0)] = 0.02
    reported: Annotated[int, Range(1, 100)] = 8


@dataclass(frozen=True, slots=True)
class AttributionSettings:
    """All that attribution assumes.

    Attributes:
        hands: How hands and bodies relate to the goods they move.
        weights: What goods weigh.
        priors: What people are likely to do.
        search: How many histories are kept.
        history: Shoppers are remembered this long, nanoseconds; longer than any weight event lasts.
        crew: Credentials that begin with this are staff's, who restock and are not billed.
        holder_pays: Who pays for what a stranger hands over: without, who took it from the shelf, unless the other one
            puts it back; with, who holds it, and where that is not sure a person is asked of both.
    """

    hands: HandSettings = HandSettings()
    weights: WeightSettings = WeightSettings()
    priors: PriorSettings = PriorSettings()
    search: SearchSettings = SearchSettings()
    history: Annotated[int, Span(1.0, 3600.0)] = 60 * NANOSECONDS
    crew: str = "crew-"
    holder_pays: bool = False


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
class Held:
    """Somebody has it.

    Attributes:
        shopper_id: Empty for somebody whom no camera saw.
    """

    shopper_id: str


@dataclass(frozen=True, slots=True)
class Lying:
    """It lies where it is not planned.

    Attributes:
        scale: On it.
    """

    scale: str


@dataclass(frozen=True, slots=True)
class Borne:
    """It is the part of the load of a scale that somebody's hand bears: who holds goods and does not lift them.

    Attributes:
        scale: Which one.
    """

    scale: str


Where = Held | Lying | Borne


@dataclass(frozen=True, slots=True)
class Thing:
    """One item that left its place, or what is no goods of the shop: a bag set down, a load that a hand bears.

    Attributes:
        thing_id: The event that made it known, and a number.
        gtin: As in the catalogue; empty for a product that the catalogue does not know, None for what is no goods of
            the shop.
        grams: What this one weighs.
        sigma: Standard error of it, grams.
        since: When it was moved first, nanoseconds since the Unix epoch.
        owner: Who set it down or bears it, of what is no goods; empty for somebody whom no camera saw.
    """

    thing_id: str
    gtin: str | None
    grams: float
    sigma: float
    since: int
    owner: str = ""


Whereabouts = Mapping[str, tuple[Thing, Where]]
"""Where things are, by their ids. What stands on its own shelf, or has been taken away, is not among them."""


@dataclass(frozen=True, slots=True)
class Move:
    """What one person may have done.

    Attributes:
        shopper_id: Empty for somebody whom no camera saw.
        action: What was done.
        items: Together; empty where no goods moved.
        scales: That felt it.
    """

    shopper_id: str
    action: Action
    items: Items
    scales: tuple[str, ...]
