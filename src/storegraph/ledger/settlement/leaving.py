"""What somebody leaves with becomes the lines of their bill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import Fact, Left, Line
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import Policy, nanoseconds
from storegraph.observations import CartLine, Receipt
from storegraph.store.model import Product

from . import verdicts
from .inputs import GiveUpVisit


def leaving(bill: Bill, receipt: Receipt, policy: Policy, products: Mapping[str, Product]) -> Iterator[Fact]:
    """Somebody left with what the graph says; told again it has to be the same.

    Args:
        bill: As it stands.
        receipt: What they left with.
        policy: Tax rates, and how long a person may decide what is in doubt.
        products: The catalogue, by GTIN.

    Raises:
        RefusedError: They left before, with other goods.
    """
    left = Left(
        visit=receipt.visit_id,
        gate=receipt.gate,
        left=receipt.left,
        derived=receipt.derived,
        doubt=receipt.doubt,
        deadline=receipt.stamp + nanoseconds(policy.review.within),
        currency=receipt.currency,
        lines=tuple(
            _line(f"{receipt.visit_id}/{place}", line, policy, products) for place, line in enumerate(receipt.lines)
        ),
    )
    if bill.visit(receipt.visit_id).left is None:
        yield left
    elif _told_of(bill, receipt.visit_id) != [_seen(line) for line in left.lines]:
        raise RefusedError(f"visit {receipt.visit_id}: left before, with other goods; correct its lines instead")


def given_up(bill: Bill, told: GiveUpVisit, policy: Policy, products: Mapping[str, Product]) -> Iterator[Fact]:
    """Somebody left who knows when, with what their cart held; none of it is sure.

    Args:
        bill: As it stands.
        told: Whose exit was never told, and why.
        policy: Tax rates, and how long a person may decide.
        products: The catalogue, by GTIN.
    """
    visit = bill.visit(told.visit)
    if visit.left is None:
        lines = (
            CartLine(item.gtin, _name(item.gtin, products), item.count, item.unit_price, item.confidence, item.doubt)
            for item in visit.cart
        )
        yield Left(
            visit=told.visit,
            gate="",
            left=told.stamp,
            derived=True,
            doubt=told.reason,
            deadline=told.stamp + nanoseconds(policy.review.within),
            currency=told.currency,
            lines=tuple(_line(f"{told.visit}/{place}", line, policy, products) for place, line in enumerate(lines)),
        )


def _name(gtin: str, products: Mapping[str, Product]) -> str:
    product = products.get(gtin)
    return product.name if product else ""


def _told_of(bill: Bill, visit: str) -> list[tuple[object, ...]]:
    """The lines of a visit as they were told at its exit."""
    mine = (each.line for name, each in bill.charges.items() if each.visit == visit and not verdicts.is_added(name))
    return [_seen(line) for line in mine]


def _seen(line: Line) -> tuple[object, ...]:
    """What makes two lines the same: a tax rate may have changed between two tellings."""
    return line.line, line.gtin, line.count, line.doubt


def _line(name: str, line: CartLine, policy: Policy, products: Mapping[str, Product]) -> Line:
    """A line with the tax of today; what the catalogue does not know has none before a person has looked."""
    product = products.get(line.gtin)
    return Line(
        line=name,
        gtin=line.gtin,
        name=line.name,
        count=line.count,
        unit_price=line.unit_price,
        tax_class=product.tax_class if product else "",
        tax_rate=policy.taxes.rate(product.tax_class) if product else 0,
        tax_included=policy.taxes.included,
        age_limit=product.age_limit if product else None,
        confidence=line.confidence,
        doubt=line.doubt,
    )
