"""What happened, in order: each interaction with its probabilities, and what was true beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storegraph.evaluation.movements import Finding, Outcome, goods, phrase
from storegraph.observations import Action, Hypothesis, Interaction
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .people import NOBODY, Person

SHOWN = 4
"""Answers listed to one question, and other explanations: what is less likely than four others decides nothing."""

NEGLIGIBLE = 0.005
"""Probability below which an answer is not listed: it would read 0 %."""

DEEDS = {Action.TAKE: "took", Action.PUT_BACK: "put back", Action.NONE: "nothing moved"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible answer to a question, or a whole explanation.

    Attributes:
        text: In words.
        probability: 0 to 1.
        hue: Of who is meant, degrees; None where nobody is.
        note: What speaks for it; may be empty.
    """

    text: str
    probability: float
    hue: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What was concluded from one weight event.

    Attributes:
        summary: The likeliest explanation in words.
        probability: Of it, 0 to 1.
        person: Who did it.
        action: Of the likeliest explanation.
        questions: "who", "what" and "action" to their answers.
        others: The next likeliest explanations.
        delta: Weight change, grams.
        sigma: Its standard error, grams.
    """

    summary: str
    probability: float
    person: Person
    action: Action
    questions: Mapping[str, tuple[Answer, ...]]
    others: tuple[Answer, ...]
    delta: float
    sigma: float


@dataclass(frozen=True, slots=True)
class TrueDeed:
    """What really happened, in words, how what was concluded agrees with it, and what of that is wrong."""

    text: str
    outcome: Outcome
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at some plates, or was concluded to have.

    Attributes:
        begin: Seconds from the beginning of the recording.
        end: The same.
        scales: Plates.
        person: Who did it, as concluded, else really.
        deed: What was concluded; None where nothing was.
        really: What really happened then; empty where nothing moved, or there is no truth.
        outcome: How the two agree, at worst; None where there is no truth.
    """

    begin: float
    end: float
    scales: tuple[str, ...]
    person: Person
    deed: Deed | None
    really: tuple[TrueDeed, ...]
    outcome: Outcome | None

    @property
    def clock(self) -> str:
        """When, as minutes and seconds."""
        minutes, seconds = divmod(max(self.begin, 0.0), 60)
        return f"{minutes:.0f}:{seconds:04.1f}"


def events_of(
    findings: Iterable[Finding], cast: Mapping[str, Person], store: Store, begin: int, *, truth: bool
) -> list[Event]:
    """Tells of findings.

    Args:
        findings: By time.
        cast: Person by shopper id and by the truth's name.
        store: Names of the products.
        begin: Of the recording, nanoseconds since the Unix epoch.
        truth: Whether the findings rest on a truth.
    """
    names = {product.gtin: product.name for product in store.catalogue}
    together: dict[str | int, list[Finding]] = {}
    for place, finding in enumerate(findings):
        together.setdefault(finding.interaction.event_id if finding.interaction else place, []).append(finding)
    return [_event(told, cast, names, begin, truth=truth) for told in together.values()]


def _event(
    findings: Sequence[Finding], cast: Mapping[str, Person], names: Mapping[str, str], begin: int, *, truth: bool
) -> Event:
    """Tells of the findings that belong to one interaction, or of a single one without."""
    interaction, movements = findings[0].interaction, findings[0].movements
    deed = _deed(interaction, cast, names) if interaction else None
    spans = [interaction] if interaction else movements
    return Event(
        begin=(min(span.begin for span in spans) - begin) / NANOSECONDS,
        end=(max(span.end for span in spans) - begin) / NANOSECONDS,
        scales=interaction.scales if interaction else tuple(movements[0].loads),
        person=deed.person if deed else cast[movements[0].actor],
        deed=deed,
        really=tuple(
            TrueDeed(
                phrase(finding.movements[0].actor, finding.action, finding.items, names), finding.outcome, finding.wrong
            )
            for finding in findings
            if finding.movements
        ),
        outcome=next((each.outcome for each in findings if each.outcome is not Outcome.FOUND), findings[0].outcome)
        if truth
        else None,
    )


def _deed(interaction: Interaction, cast: Mapping[str, Person], names: Mapping[str, str]) -> Deed:
    best, *others = interaction.hypotheses
    who = (
        Answer(
            _person(candidate.shopper_id, cast).name,
            candidate.probability,
            _hue(candidate.shopper_id, cast),
            "" if math.isnan(candidate.hand_distance) else f"hand {100 * candidate.hand_distance:.0f} cm away",
        )
        for candidate in interaction.who
    )
    what = (Answer(goods(each.items, names), each.probability) for each in interaction.what)
    action = (Answer(DEEDS[each], interaction.action[each]) for each in Action)
    return Deed(
        summary=_explained(best, cast, names),
        probability=best.probability,
        person=_person(best.shopper_id, cast),
        action=best.action,
        questions={"who": _likely(who), "what": _likely(what), "action": _likely(action)},
        others=_likely(
            Answer(_explained(other, cast, names), other.probability, _hue(other.shopper_id, cast)) for other in others
        ),
        delta=interaction.delta,
        sigma=interaction.sigma,
    )


def _explained(hypothesis: Hypothesis, cast: Mapping[str, Person], names: Mapping[str, str]) -> str:
    who = _person(hypothesis.shopper_id, cast).name
    return phrase(who, hypothesis.action, hypothesis.items, names)


def _likely(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    ordered = sorted(answers, key=lambda answer: -answer.probability)
    return tuple(answer for answer in ordered if answer.probability >= NEGLIGIBLE)[:SHOWN]


def _person(shopper_id: str, cast: Mapping[str, Person]) -> Person:
    return cast.get(shopper_id, NOBODY)


def _hue(shopper_id: str, cast: Mapping[str, Person]) -> float | None:
    return cast[shopper_id].hue if shopper_id in cast else None
