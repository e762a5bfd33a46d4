"""Receipts as the page shows them, beside what is really owed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storegraph.evaluation.receipts import Goods, Verdict, compare
from storegraph.observations import Cart, CartLine, Receipt
from storegraph.store.model import Store

from .people import Person

Visit = Receipt | Cart
"""Settled, or not."""


@dataclass(frozen=True, slots=True)
class Row:
    """One product of a bill.

    Attributes:
        name: Of the product.
        owed: How many they really left with.
        charged: How many are charged.
        in_doubt: How many wait for a person.
        doubts: Why, in words.
        amount: Of the sure lines, minor units.
    """

    name: str
    owed: int
    charged: int
    in_doubt: int
    doubts: tuple[str, ...]
    amount: int

    @property
    def agrees(self) -> str:
        """With what is owed: "right", "asked" where a person is asked about the rest, or "differs"."""
        if self.owed == self.charged and not self.in_doubt:
            return "right"
        return "asked" if self.charged <= self.owed <= self.charged + self.in_doubt else "differs"


@dataclass(frozen=True, slots=True)
class Bill:
    """What one shopper is charged.

    Attributes:
        person: Whose.
        party: Names of those who pay together, when they are several.
        settled: Whether there is a receipt; else it is the cart of somebody who is still inside.
        rows: By name of the product.
        total: Of the sure lines, minor units.
        in_doubt: Of the others, minor units.
        doubts: Why a person should look at the visit as a whole.
        verdict: None where there is no truth.
    """

    person: Person
    party: tuple[str, ...]
    settled: bool
    rows: tuple[Row, ...]
    total: int
    in_doubt: int
    doubts: tuple[str, ...]
    verdict: Verdict | None


def bills_of(
    receipts: Sequence[Receipt],
    carts: Iterable[Cart],
    cast: Mapping[str, Person],
    owed: Mapping[str, Goods] | None,
    store: Store,
) -> list[Bill]:
    """A bill for everybody who has a receipt, a cart, or owes something, in the order of the cast.

    Args:
        receipts: Of the ledger.
        carts: Every change, by stamp; the last one counts of a visit that was not settled.
        cast: Person by shopper id and by the truth's name.
        owed: The truth's name to what they owe; None where there is no truth.
        store: Names of the products.
    """
    settled = {receipt.visit_id for receipt in receipts}
    still_inside = {cart.visit_id: cart for cart in carts if cart.visit_id not in settled}
    visits: dict[str, list[Visit]] = {}
    ended: list[Visit] = [*receipts, *still_inside.values()]
    for visit in ended:
        visits.setdefault(cast[visit.shopper_id].name, []).append(visit)
    verdicts: dict[str, Verdict] = {}
    if owed is not None:
        for each in compare(receipts, owed, lambda receipt: cast[receipt.shopper_id].name):
            verdicts[each.payer] = each.verdict
    parties: dict[str, set[str]] = {}
    for name, held in visits.items():
        for visit in held:
            parties.setdefault(visit.party, set()).add(name)
    order = {person.name: place for place, person in enumerate(dict.fromkeys(cast.values()))}
    people = {person.name: person for person in cast.values()}
    bills = []
    for name in sorted({*visits, *(owed or ())}, key=lambda name: order[name]):
        held = visits.get(name, [])
        together = {member for visit in held if visit.party for member in parties[visit.party]} - {name}
        bills.append(
            Bill(
                person=people[name],
                party=tuple(sorted(together)),
                settled=all(isinstance(visit, Receipt) for visit in held),
                rows=_rows([line for visit in held for line in visit.lines], (owed or {}).get(name, {}), cast, store),
                total=sum(visit.total for visit in held),
                in_doubt=sum(line.amount for visit in held for line in visit.lines if line.doubt),
                doubts=tuple(visit.doubt for visit in held if isinstance(visit, Receipt) and visit.doubt),
                verdict=None if owed is None else verdicts.get(name, Verdict.EXACT),
            )
        )
    return bills


def _rows(lines: Sequence[CartLine], owed: Goods, cast: Mapping[str, Person], store: Store) -> tuple[Row, ...]:
    names = {product.gtin: product.name for product in store.catalogue}
    rows = []
    for gtin in {*(line.gtin for line in lines), *owed}:
        of_product = [line for line in lines if line.gtin == gtin]
        sure = [line for line in of_product if not line.doubt]
        rows.append(
            Row(
                name=names.get(gtin) or gtin or "unknown goods",
                owed=owed.get(gtin, 0),
                charged=sum(line.count for line in sure),
                in_doubt=sum(line.count for line in of_product if line.doubt),
                doubts=tuple(_named(line.doubt, cast) for line in of_product if line.doubt),
                amount=sum(line.amount for line in sure),
            )
        )
    return tuple(sorted(rows, key=lambda row: row.name))


def _named(doubt: str, cast: Mapping[str, Person]) -> str:
    """A doubt with people's names in place of shopper ids."""
    for shopper_id, person in cast.items():
        doubt = doubt.replace(f" {shopper_id} ", f" {person.name} ")
    return doubt
