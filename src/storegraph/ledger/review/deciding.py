"""What a reviewer says of a line, as what the books are to be told: who had what, what it was, how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.charge import Charge
from storegraph.ledger.books.facts import Line, Remainder
from storegraph.ledger.books.lines import bill_of_visit
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import TaxPolicy
from storegraph.ledger.settlement.inputs import AddLine, Correct, JudgeEvent, OfBill, Review, Together
from storegraph.ledger.settlement.naming import visit_of
from storegraph.store.model import Product

from .evidence import Evidence, evidence_of


@dataclass(frozen=True, slots=True)
class Moved:
    """Goods that really were somebody else's, or something else.

    Attributes:
        visit: Whose; that of the line where only the product was another.
        gtin: As in the catalogue.
        count: How many.
    """

    visit: str
    gtin: str
    count: int


def moved_of(text: str) -> Moved:
    """From `VISIT:GTIN:COUNT`.

    Raises:
        RefusedError: It is not of this form.
    """
    visit, _, goods = text.partition(":")
    gtin, _, count = goods.partition(":")
    if not visit or not gtin or not count.isdecimal():
        raise RefusedError(f"{text}: is not of the form VISIT:GTIN:COUNT, as in 7@1790000000000000000:9520000100100:1")
    return Moved(visit, gtin, int(count))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer says of a line.

    Attributes:
        request: Of who tells it; the same when told again.
        line: Which.
        count: How many of it the customer has.
        by: Who decides.
        reason: For the record.
        unit_price: Of one, minor units, where the line has none.
        lost: The others are gone unpaid; else the customer never had them.
        moved: Who has the others, or what they really are.
    """

    request: str
    line: str
    count: int
    by: str
    reason: str = ""
    unit_price: int | None = None
    lost: bool = False
    moved: Sequence[Moved] = ()


def told_by(
    connection: Connection,
    store: str,
    decision: Decision,
    products: Mapping[str, Product],
    taxes: TaxPolicy,
    now: int,
) -> Together:
    """What the books are to be told: the line, the lines of others, and what the weight events behind it were.

    A line that is repeated may have been decided by then; the books know the request, and write nothing twice.

    Args:
        connection: To the books.
        store: Store id.
        decision: Of the reviewer.
        products: The catalogue by GTIN, for goods that were another product than the line says.
        taxes: On them.
        now: Event time, nanoseconds since the Unix epoch.

    Raises:
        RefusedError: The line is not known, or goods are named that are not in the catalogue.
    """
    bill = bill_of_visit(connection, store, visit_of(decision.line))
    if bill is None or decision.line not in bill.charges:
        raise RefusedError(f"line {decision.line}: is not known; `storegraph ledger tasks` lists what waits")
    charge = bill.charges[decision.line]
    added = [
        AddLine(
            now,
            decision.request,
            moved.visit,
            _goods(moved, charge, products, taxes),
            decision.line,
            decision.by,
            decision.reason,
        )
        for moved in decision.moved
    ]
    evidence = evidence_of(connection, store, bill, charge)
    events = _events(connection, store, bill, charge, decision, evidence, now)
    return Together((_own(bill, charge, decision, now), *added, *events))


def _own(bill: Bill, charge: Charge, decision: Decision, now: int) -> OfBill:
    review = Review(
        now,
        decision.request,
        decision.line,
        decision.count,
        decision.by,
        decision.reason,
        decision.unit_price,
    )
    remainder = Remainder.SHRINK if decision.lost else Remainder.NOT_TAKEN
    correct = Correct(now, decision.request, decision.line, decision.count, remainder, decision.by, decision.reason)
    if charge.waiting or review.key in bill.keys:
        return review
    if charge.dispute is None and correct.key not in bill.keys:
        raise RefusedError(f"line {decision.line}: is decided already, and not disputed; correct it instead")
    return correct


def _goods(moved: Moved, charge: Charge, products: Mapping[str, Product], taxes: TaxPolicy) -> Line:
    """Goods that stand on no line of who has them, as on the reviewed line; of another product as in the catalogue."""
    if moved.gtin == charge.line.gtin:
        return replace(charge.line, count=moved.count, unit_price=charge.unit_price)
    product = products.get(moved.gtin)
    if product is None:
        raise RefusedError(f"product {moved.gtin}: is not in the catalogue; name one that is")
    return Line(
        line="",
        gtin=product.gtin,
        name=product.name,
        count=moved.count,
        unit_price=product.price,
        tax_class=product.tax_class,
        tax_rate=taxes.rate(product.tax_class),
        tax_included=taxes.included,
        age_limit=product.age_limit,
        confidence=1.0,
        doubt="",
    )


def _events(
    connection: Connection,
    store: str,
    bill: Bill,
    charge: Charge,
    decision: Decision,
    evidence: Evidence,
    now: int,
) -> Iterator[JudgeEvent]:
    """What the weight event behind a line was, where the decision leaves no other answer.

    That is where the line rests on one event, and all of its goods are one person's. Which of several events was
    otherwise, and who took what nobody is charged for, the decision does not say.
    """
    if evidence.holding is None or len(evidence.holding.events) != 1:
        return
    (event,) = evidence.holding.events
    beside = _of_the_same_event(connection, store, bill, charge, event)
    if beside is None or any(each.waiting or each.visit != charge.visit for each in beside):
        return
    shopper = bill.visit(charge.visit).shopper
    had = Counter({(shopper, charge.line.gtin): decision.count + charge.back})
    for each in beside:
        had[shopper, each.line.gtin] += each.charged + each.back
    for moved in decision.moved:
        other = bill_of_visit(connection, store, moved.visit)
        had[other.visit(moved.visit).shopper if other else "", moved.gtin] += moved.count
    found = sorted((+had).items())
    takers = {taker for (taker, _), _ in found}
    if len(takers) == 1:
        items = tuple((gtin, count) for (_, gtin), count in found)
        yield JudgeEvent(now, decision.request, decision.line, event, takers.pop(), "take", items, decision.by)


def _of_the_same_event(
    connection: Connection, store: str, bill: Bill, charge: Charge, event: str
) -> list[Charge] | None:
    """The other lines that rest on an event; None where one of another product rests on other events, too.

    What is sure of a product and what is in doubt rest on the same, for all who pay together. A line that a person
    added was told by no event of its own.
    """
    if charge.cause:
        return []
    found = []
    for each in bill.charges.values():
        if each is charge or each.cause:
            continue
        if each.line.gtin != charge.line.gtin:
            holding = evidence_of(connection, store, bill, each).holding
            if holding is None or event not in holding.events:
                continue
            if len(holding.events) > 1:
                return None
        found.append(each)
    return found
