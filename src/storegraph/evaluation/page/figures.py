"""The figures at the head of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from storegraph.evaluation.agreement import Agreement
from storegraph.evaluation.movements import Outcome
from storegraph.evaluation.receipts import Comparison, Verdict
from storegraph.evaluation.replayed import Replayed
from storegraph.observations import Action
from storegraph.store.model import Store


@dataclass(frozen=True, slots=True)
class Figure:
    """A summary figure: its name, its value, a remark, and what it is worth as a verdict (empty: no verdict)."""

    name: str
    value: str
    note: str = ""
    outcome: str = ""


def figures_of(replayed: Replayed, agreement: Agreement | None, store: Store) -> list[Figure]:
    """A replay in figures; with a truth, how well it agrees first."""
    interactions, receipts = replayed.interactions, replayed.receipts
    moved = sum(each.hypotheses[0].action is not Action.NONE for each in interactions)
    people = {shopper.shopper_id for snapshot in replayed.shoppers for shopper in snapshot.shoppers}
    in_doubt = sum(receipt.in_doubt for receipt in receipts)
    figures = [
        Figure("shoppers tracked", str(len(people))),
        Figure("weight events", str(len(interactions)), f"{moved} with goods moved"),
        Figure("charged", str(store.price(sum(receipt.total for receipt in receipts))), store.currency),
        Figure("in doubt", str(store.price(in_doubt)), f"{store.currency}, for a person to decide"),
    ]
    if agreement is None:
        return [*figures, Figure("receipts", str(len(receipts)))]
    findings, identities = [each for each in agreement.findings if each.movements], agreement.identities
    found = sum(finding.outcome is Outcome.FOUND for finding in findings)
    invented = sum(finding.outcome is Outcome.INVENTED for finding in agreement.findings)
    figures[0] = Figure("people", str(len(agreement.truth.frames.names)), f"{identities.switches} changes of id")
    seen = 1 - identities.missed / identities.present if identities.present else 1.0
    return [
        Figure(
            "movements found",
            f"{found} of {len(findings)}",
            f"{invented} invented",
            Verdict.EXACT.value if found == len(findings) and not invented else Verdict.WRONG.value,
        ),
        _receipts_figure("receipts exact", agreement.shoppers),
        _receipts_figure("parties exact", agreement.parties),
        *figures,
        Figure("seen", percent(seen), "of their time in the store"),
    ]


def _receipts_figure(name: str, comparisons: Sequence[Comparison]) -> Figure:
    verdicts = [each.verdict for each in comparisons]
    exact, review, wrong = (verdicts.count(verdict) for verdict in (Verdict.EXACT, Verdict.REVIEW, Verdict.WRONG))
    worst = Verdict.WRONG if wrong else Verdict.REVIEW if review else Verdict.EXACT
    return Figure(name, f"{exact} of {len(verdicts)}", f"{review} to review, {wrong} wrong", worst.value)


def percent(probability: float) -> str:
    """To a tenth, rounded down: what is not sure never reads 100 %."""
    return f"{math.floor(1000 * probability) / 10:.1f} %"
