"""True movements of goods beside the interactions that the graph concluded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rich.console import RenderableType
from rich.table import Table

from storegraph.observations import Action, Interaction, ItemCount, Items
from storegraph.simulation.truth import TrueMovement, product_of
from storegraph.store.model import Facing
from storegraph.units import NANOSECONDS

APART = NANOSECONDS // 2
"""A movement and an interaction may lie this far apart and still be one, nanoseconds. The interaction also holds the
press of the hand before or after, and ends when the plate is at rest, so that most overlap; people who take again from
the same plate need longer (0.6 s to reach).
"""


class Outcome(Enum):
    """What became of a movement or an interaction."""

    FOUND = "found"  # who, what and which action are right
    WRONG = "wrong"  # something of it is not
    MISSED = "missed"  # goods moved, and nothing or "nothing moved" was concluded
    INVENTED = "invented"  # goods were concluded to move that did not
    NOTHING = "nothing"  # nothing moved, and that was concluded


@dataclass(frozen=True, slots=True)
class Finding:
    """What really happened beside what was concluded.

    Attributes:
        movements: Of one person, one way, that one interaction tells of; empty where nothing moved.
        interaction: None where there is none.
        outcome: How they agree.
        wrong: Of `WRONG` what is: "who", "what", "action".
    """

    movements: tuple[TrueMovement, ...]
    interaction: Interaction | None
    outcome: Outcome
    wrong: tuple[str, ...] = ()

    @property
    def begin(self) -> int:
        """The earliest that is known of it, nanoseconds since the Unix epoch."""
        begins = [movement.begin for movement in self.movements]
        return min([*begins, self.interaction.begin] if self.interaction else begins)

    @property
    def items(self) -> Items:
        """What really moved."""
        return _together(self.movements)

    @property
    def action(self) -> Action:
        """What was really done."""
        return _action(self.movements[0]) if self.movements else Action.NONE


def compare_movements(
    movements: Iterable[TrueMovement],
    interactions: Sequence[Interaction],
    actor_of: Mapping[str, str],
    facings: Sequence[Facing],
) -> list[Finding]:
    """Everything that happened or was concluded, by time.

    A movement belongs to the interaction nearest in time, at most `APART` away, of which it shares a scale. A grab of
    two kinds, of which two interactions tell, counts as two movements. Several of one person and one way that belong to
    the same interaction count as one, as weighing takes together what follows closely. The interaction's likeliest
    hypothesis is what was concluded.

    Args:
        movements: The truth.
        interactions: What was concluded.
        actor_of: Shopper id to the truth's name.
        facings: Of the store: what the movements' `facings` count.
    """
    findings: list[Finding] = []
    told: defaultdict[tuple[str, str, Action], list[TrueMovement]] = defaultdict(list)
    for movement in movements:
        parts = [(part, _nearest(part, interactions)) for part in _by_facing(movement, facings)]
        if len({interaction.event_id if interaction else "" for _, interaction in parts}) == 1:
            parts = [(movement, parts[0][1])]
        for part, interaction in parts:
            if interaction is None:
                findings.append(Finding((part,), None, Outcome.MISSED))
            else:
                told[interaction.event_id, part.actor, _action(part)].append(part)
    by_id = {interaction.event_id: interaction for interaction in interactions}
    for (event_id, _, _), group in told.items():
        findings.append(_judged(tuple(group), by_id[event_id], actor_of))
    explained = {event_id for event_id, _, _ in told}
    for interaction in interactions:
        if interaction.event_id not in explained:
            nothing = interaction.hypotheses[0].action is Action.NONE
            findings.append(Finding((), interaction, Outcome.NOTHING if nothing else Outcome.INVENTED))
    return sorted(findings, key=lambda finding: finding.begin)


def _by_facing(movement: TrueMovement, facings: Sequence[Facing]) -> list[TrueMovement]:
    """What a movement took from or put on each facing, as movements of their own."""
    if len(set(movement.facings)) < 2:
        return [movement]
    parts = []
    for facing in dict.fromkeys(movement.facings):
        items = tuple(item for item, place in zip(movement.items, movement.facings, strict=True) if place == facing)
        parts.append(
            movement.model_copy(
                update={
                    "goods": dict(sorted(Counter(map(product_of, items)).items())),
                    "items": items,
                    "facings": (facing,) * len(items),
                    "loads": {
                        scale: grams for scale, grams in movement.loads.items() if scale in facings[facing].scales
                    },
                }
            )
        )
    return parts


def _nearest(movement: TrueMovement, interactions: Iterable[Interaction]) -> Interaction | None:
    near = [
        (gap, abs(interaction.begin - movement.begin), interaction.event_id, interaction)
        for interaction in interactions
        if (gap := max(interaction.begin - movement.end, movement.begin - interaction.end, 0)) <= APART
        and not set(movement.loads).isdisjoint(interaction.scales)
    ]
    return min(near)[-1] if near else None


def _judged(movements: tuple[TrueMovement, ...], interaction: Interaction, actor_of: Mapping[str, str]) -> Finding:
    best = interaction.hypotheses[0]
    if best.action is Action.NONE:
        return Finding(movements, interaction, Outcome.MISSED)
    right = {
        "who": actor_of.get(best.shopper_id) == movements[0].actor,
        "what": best.items == _together(movements),
        "action": best.action is _action(movements[0]),
    }
    wrong = tuple(question for question, answered in right.items() if not answered)
    return Finding(movements, interaction, Outcome.WRONG if wrong else Outcome.FOUND, wrong)


def _action(movement: TrueMovement) -> Action:
    return Action.TAKE if movement.action == "take" else Action.PUT_BACK


def _together(movements: Iterable[TrueMovement]) -> Items:
    counts: Counter[str] = Counter()
    for movement in movements:
        counts.update(movement.goods)
    return tuple(ItemCount(gtin, count) for gtin, count in sorted(counts.items()))


def movements_table(
    findings: Iterable[Finding], names: Mapping[str, str], actor_of: Mapping[str, str], start: int
) -> RenderableType:
    """How many movements were found, and a table of all that was not as it was.

    Args:
        findings: As `compare_movements` gives them.
        names: Of the products, by GTIN.
        actor_of: Shopper id to the truth's name.
        start: What times are counted from, nanoseconds since the Unix epoch.
    """
    listed = list(findings)
    moved = [finding for finding in listed if finding.movements]
    found = sum(finding.outcome is Outcome.FOUND for finding in moved)
    title = f"{found} of {len(moved)} movements of goods found"
    table = Table(title=title, title_justify="left", expand=False)
    table.add_column("Second", justify="right", no_wrap=True)
    table.add_column("Really", overflow="fold")
    table.add_column("Concluded", overflow="fold")
    table.add_column("", no_wrap=True)
    for finding in listed:
        if finding.outcome in (Outcome.FOUND, Outcome.NOTHING):
            continue
        best = finding.interaction.hypotheses[0] if finding.interaction else None
        table.add_row(
            f"{(finding.begin - start) / NANOSECONDS:.1f}",
            phrase(finding.movements[0].actor, finding.action, finding.items, names) if finding.movements else "-",
            phrase(actor_of.get(best.shopper_id, best.shopper_id), best.action, best.items, names) if best else "-",
            f"[red]{finding.outcome.value} {', '.join(finding.wrong)}[/]".strip(),
        )
    return table if table.row_count else f"{title}\n"


def phrase(who: str, action: Action, items: Items, names: Mapping[str, str]) -> str:
    """Who did what, in words."""
    if action is Action.NONE:
        return "nothing moved"
    return f"{who or 'nobody seen'} {'took' if action is Action.TAKE else 'put back'} {goods(items, names)}"


def goods(items: Items, names: Mapping[str, str]) -> str:
    """Goods in words."""
    told = (f"{item.count} x {names.get(item.gtin) or item.gtin or 'unknown goods'}" for item in items)
    return " and ".join(told) or "no goods"
