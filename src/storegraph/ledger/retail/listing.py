"""What the books tell a system that asks: purchases page by page, and who is inside with what."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field
from sqlalchemy import Connection, select, tuple_

from storegraph.ledger.books.facts import Payer
from storegraph.ledger.books.record import entries_of, is_bill
from storegraph.ledger.books.schema import BILL, CART_ITEM, LINE, VISIT
from storegraph.units import NANOSECONDS

from .purchase import Amount, Count, Published, Purchase, moment, purchase_of

State = Literal["in review", "due", "settled", "bad debt"]
"""Of a purchase whose customers have all left."""

LONGEST_PAGE = 200
"""Purchases in one answer at most."""


def _mark(left: int, bill: str) -> str:
    """Where a page ends, as it is given to those who ask."""
    return urlsafe_b64encode(f"{left}/{bill}".encode()).decode().rstrip("=")


def _place(mark: str) -> tuple[int, str]:
    left, _, bill = urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode().partition("/")
    return int(left), bill


def _checked(mark: str | None) -> str | None:
    try:
        if mark is not None:
            _place(mark)
    except (Error, ValueError):
        raise ValueError("is not what a page gave as `next`") from None
    return mark


class PurchaseFilter(Published):
    """Which purchases are asked for: those of which everybody has left, by when the last one did."""

    left_from: Annotated[AwareDatetime | None, Field(description="Left at this moment or later.")] = None
    left_before: Annotated[AwareDatetime | None, Field(description="Left earlier than this.")] = None
    state: State | None = None
    gtin: Annotated[str | None, Field(description="With a line of this product.")] = None
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = 50
    after: Annotated[str | None, AfterValidator(_checked), Field(description="`next` of the page before.")] = None


class PurchaseSummary(Published):
    """A purchase without its lines."""

    id: str
    state: State
    payer: Payer
    currency: str
    revision: Count
    left: datetime
    owed: Amount
    tax: Amount
    paid: Annotated[int, Field(description="Captured, less refunded, and cash; minor units.")]
    in_doubt: Annotated[int, Field(description="Price of what a person has to decide, minor units.")]
    shrink: Annotated[int, Field(description="Price of what is gone and not paid, minor units.")]
    debt: Amount


class PurchasePage(Published):
    """Some purchases."""

    purchases: tuple[PurchaseSummary, ...]
    next: Annotated[str | None, Field(description="Where the next page begins; null on the last.")]


class HeldItem(Published):
    """What somebody inside holds of one product."""

    gtin: str
    count: Count
    unit_price: Annotated[int | None, Field(description="Of one, minor units.")]
    doubt: str


class VisitInside(Published):
    """Somebody who is in the store."""

    id: str
    purchase: str
    entered: datetime | None
    cart: tuple[HeldItem, ...]


class VisitsInside(Published):
    """Everybody who is in the store."""

    visits: tuple[VisitInside, ...]


def purchases(connection: Connection, store: str, wanted: PurchaseFilter) -> PurchasePage:
    """A page of purchases."""
    query = select(BILL).where(BILL.c.store == store, BILL.c.last_left.is_not(None))
    if wanted.left_from is not None:
        query = query.where(BILL.c.last_left >= stamp_of(wanted.left_from))
    if wanted.left_before is not None:
        query = query.where(BILL.c.last_left < stamp_of(wanted.left_before))
    if wanted.state is not None:
        query = query.where(BILL.c.state == wanted.state)
    if wanted.gtin is not None:
        with_it = select(LINE.c.bill).where(LINE.c.store == store, LINE.c.gtin == wanted.gtin)
        query = query.where(BILL.c.bill.in_(with_it))
    if wanted.after is not None:
        query = query.where(tuple_(BILL.c.last_left, BILL.c.bill) > tuple_(*_place(wanted.after)))
    rows = list(connection.execute(query.order_by(BILL.c.last_left, BILL.c.bill).limit(wanted.limit + 1)))
    page = rows[: wanted.limit]
    more = _mark(page[-1].last_left, page[-1].bill) if len(rows) > len(page) else None
    return PurchasePage(purchases=tuple(_summary(row) for row in page), next=more)


def purchase(connection: Connection, store: str, name: str) -> Purchase | None:
    """A purchase as it stands; None where there is none, or it was erased."""
    return purchase_of(store, list(entries_of(connection, store, [name]))) if is_bill(name) else None


def visits_inside(connection: Connection, store: str) -> VisitsInside:
    """Everybody who is in the store, by when they came in."""
    inside = (
        select(VISIT).where(VISIT.c.store == store, VISIT.c.left.is_(None)).order_by(VISIT.c.entered, VISIT.c.visit)
    )
    carts: dict[str, list[HeldItem]] = {}
    held = select(CART_ITEM).where(CART_ITEM.c.store == store).order_by(CART_ITEM.c.gtin, CART_ITEM.c.doubt)
    for row in connection.execute(held).mappings():
        item = HeldItem(gtin=row["gtin"], count=row["count"], unit_price=row["unit_price"], doubt=row["doubt"])
        carts.setdefault(row["visit"], []).append(item)
    return VisitsInside(
        visits=tuple(
            VisitInside(
                id=row.visit, purchase=row.bill, entered=moment(row.entered), cart=tuple(carts.get(row.visit, ()))
            )
            for row in connection.execute(inside)
        )
    )


@dataclass(frozen=True, slots=True)
class CartRow:
    """Some items that somebody inside holds.

    Attributes:
        visit: Whose.
        purchase: The bill that they are on.
        entered: UTC; empty where it is not known.
        gtin: Of the product; empty for a cart that is empty, or a product that the catalogue does not have.
        count: Items of it.
        unit_price: Of one, minor units; nothing where there is none.
        doubt: Why it is in doubt; empty where it is not.
    """

    visit: str
    purchase: str
    entered: str
    gtin: str
    count: int
    unit_price: int | None
    doubt: str


def cart_rows(inside: VisitsInside) -> list[CartRow]:
    """A row for each kind of goods that somebody holds, and one for who holds nothing."""
    nothing = HeldItem(gtin="", count=0, unit_price=None, doubt="")
    return [
        CartRow(
            visit=visit.id,
            purchase=visit.purchase,
            entered="" if visit.entered is None else f"{visit.entered:%Y-%m-%d %H:%M:%S}",
            gtin=held.gtin,
            count=held.count,
            unit_price=held.unit_price,
            doubt=held.doubt,
        )
        for visit in inside.visits
        for held in visit.cart or (nothing,)
    ]


def stamp_of(at: datetime) -> int:
    """A moment as nanoseconds since the Unix epoch."""
    return int(at.timestamp()) * NANOSECONDS + at.microsecond * 1000


def _summary(row: Any) -> PurchaseSummary:
    left = moment(row.last_left)
    assert left is not None
    return PurchaseSummary(
        id=row.bill,
        state=row.state,
        payer=row.payer,
        currency=row.currency,
        revision=row.revision,
        left=left,
        owed=row.owed,
        tax=row.tax,
        paid=row.captured - row.refunded + row.cash,
        in_doubt=row.in_doubt,
        shrink=row.shrink,
        debt=row.debt,
    )
