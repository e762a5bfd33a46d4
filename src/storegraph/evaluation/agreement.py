"""A replay's results beside the truth of the simulation it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from storegraph.simulation.truth import Truth
from storegraph.store.model import Store

from .identities import Identities, who_is_who
from .movements import Finding, compare_movements
from .receipts import Comparison, compare
from .replayed import Replayed


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How well results agree with the truth.

    Attributes:
        truth: What really happened.
        identities: Who is who.
        findings: Movements of goods beside interactions, by time.
        shoppers: Everybody's receipt beside what they owe.
        parties: The same for those who pay together: what matters to the shop.
    """

    truth: Truth
    identities: Identities
    findings: tuple[Finding, ...]
    shoppers: tuple[Comparison, ...]
    parties: tuple[Comparison, ...]


def agreement(replayed: Replayed, truth: Truth, store: Store) -> Agreement:
    """Compares; a receipt whose shopper is nobody of the truth stands under its own shopper id or party."""
    happened = truth.happened
    identities = who_is_who(replayed.shoppers, truth.frames, happened.people)
    party_of = {person.name: person.party for person in happened.people}
    actor_of = identities.actor_of
    return Agreement(
        truth,
        identities,
        tuple(compare_movements(happened.movements, replayed.interactions, actor_of, store.facings)),
        tuple(
            compare(
                replayed.receipts,
                happened.receipts,
                lambda receipt: actor_of.get(receipt.shopper_id, receipt.shopper_id),
            )
        ),
        tuple(
            compare(
                replayed.receipts,
                happened.parties,
                lambda receipt: party_of.get(actor_of.get(receipt.shopper_id, ""), receipt.party),
            )
        ),
    )
