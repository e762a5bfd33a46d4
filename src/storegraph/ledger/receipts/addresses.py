"""Where receipts go to. Addresses stand in tables of their own, and can be erased at any time."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address

from sqlalchemy import Connection, Engine, delete, insert, select

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.schema import BILL, CARD, VISIT
from storegraph.ledger.errors import RefusedError

from .schema import ADDRESS, LAST_FOUR, MAIL, REMEMBERED_ADDRESS

LONGEST = 254
"""Characters of an address at most (RFC 5321, 4.5.3.1.3, less the brackets around a path)."""


class Addresses:
    """The addresses that a store's customers have given.

    Args:
        engine: From `open_database`.
        store: Store id.
    """

    def __init__(self, engine: Engine, store: str) -> None:
        self._engine = engine
        self._store = store

    def take(self, visit: str, address: str, given: int, *, remember: bool = False) -> None:
        """Takes the address for the receipt of a visit; the last one given counts.

        The receipt of a bill that is settled already is mailed now.

        Args:
            visit: Of whom stands at the kiosk.
            address: As it was typed.
            given: Nanoseconds since the Unix epoch.
            remember: They want later receipts of the same card there, too.

        Raises:
            RefusedError: It is no mail address, there is no such visit, or no card to remember it by.
        """
        checked = checked_address(address)
        on_bill = (BILL.c.store == VISIT.c.store) & (BILL.c.bill == VISIT.c.bill)
        query = select(BILL.c.bill, BILL.c.card, BILL.c.revision).join(VISIT, on_bill)
        with self._engine.begin() as connection:
            of_visit = (VISIT.c.store == self._store, VISIT.c.visit == visit)
            bill = connection.execute(query.where(*of_visit)).one_or_none()
            if bill is None:
                raise RefusedError(f"{visit}: there is no such visit; `storegraph ledger bills` lists what there is")
            if remember and not bill.card:
                raise RefusedError(
                    f"{visit}: was entered without a card, so there is nothing to remember an address by"
                )
            self._give(connection, visit, checked, given, bill.card if remember else "")
            if bill.revision:
                self._mail_late(connection, bill.bill, bill.revision, given)

    def forget(self, card: str) -> None:
        """Erases what is remembered of a card: its address, and the addresses of its visits."""
        with self._engine.begin() as connection:
            self._forget_card(connection, card)
            connection.execute(delete(LAST_FOUR).where(LAST_FOUR.c.store == self._store, LAST_FOUR.c.card == card))
            visits = (
                select(VISIT.c.visit)
                .join(BILL, (BILL.c.store == VISIT.c.store) & (BILL.c.bill == VISIT.c.bill))
                .where(BILL.c.store == self._store, BILL.c.card == card)
            )
            connection.execute(delete(ADDRESS).where(ADDRESS.c.store == self._store, ADDRESS.c.visit.in_(visits)))

    def note_last_four(self, card: str, digits: str) -> None:
        """Notes by which digits the receipts of a card are found.

        Raises:
            RefusedError: These are not four digits.
        """
        if len(digits) != 4 or not digits.isascii() or not digits.isdigit():
            raise RefusedError("a card is known by its last four digits, and by nothing else of its number")
        with self._engine.begin() as connection:
            connection.execute(delete(LAST_FOUR).where(LAST_FOUR.c.store == self._store, LAST_FOUR.c.card == card))
            connection.execute(insert(LAST_FOUR).values(store=self._store, card=card, digits=digits))

    def last_four(self, connection: Connection, card: str) -> str | None:
        """The last four digits of a card; None while nobody has asked the provider."""
        query = select(LAST_FOUR.c.digits).where(LAST_FOUR.c.store == self._store, LAST_FOUR.c.card == card)
        return connection.execute(query).scalar_one_or_none()

    def of(self, connection: Connection, bill: Bill) -> tuple[str, ...]:
        """Where the receipt of a bill goes to: what its visits gave; else what its card's owner wants remembered."""
        given = select(ADDRESS.c.address).where(ADDRESS.c.store == self._store, ADDRESS.c.visit.in_(bill.visits))
        found = sorted({row.address for row in connection.execute(given)})
        if not found and bill.card:
            kept = REMEMBERED_ADDRESS
            remembered = select(kept.c.address).where(kept.c.store == self._store, kept.c.card == bill.card)
            found = [row.address for row in connection.execute(remembered)]
        return tuple(found)

    def card_of(self, token: str) -> str:
        """The number of a card, by its token; empty where it is not known."""
        query = select(CARD.c.card).where(CARD.c.store == self._store, CARD.c.token == token)
        with self._engine.connect().execution_options(reading=True) as connection:
            return connection.execute(query).scalar_one_or_none() or ""

    def _give(self, connection: Connection, visit: str, checked: str, given: int, card: str) -> None:
        connection.execute(delete(ADDRESS).where(ADDRESS.c.store == self._store, ADDRESS.c.visit == visit))
        row = {"store": self._store, "visit": visit, "address": checked, "given": given}
        connection.execute(insert(ADDRESS).values(row))
        if card:
            self._forget_card(connection, card)
            kept = {"store": self._store, "card": card, "address": checked, "consented": given}
            connection.execute(insert(REMEMBERED_ADDRESS).values(kept))

    def _mail_late(self, connection: Connection, bill: str, revision: int, now: int) -> None:
        """Notes a mail about a bill that the postman has passed, for it had no address; nothing is mailed twice."""
        mine = (MAIL.c.store == self._store, MAIL.c.bill == bill, MAIL.c.revision == revision)
        if connection.execute(select(MAIL.c.state).where(*mine)).first() is None:
            row = {"store": self._store, "bill": bill, "revision": revision, "state": "waiting"}
            connection.execute(insert(MAIL).values(**row, attempts=0, due=now, sent=None, told=""))

    def _forget_card(self, connection: Connection, card: str) -> None:
        kept = REMEMBERED_ADDRESS
        connection.execute(delete(kept).where(kept.c.store == self._store, kept.c.card == card))


def checked_address(text: str) -> str:
    """A mail address as it is written in a mail (RFC 5322, addr-spec).

    Raises:
        RefusedError: It is none.
    """
    stripped = text.strip()
    if looks_like_card_number(stripped):
        raise RefusedError("this holds what may be a card number; leave a mail address")
    try:
        address = Address(addr_spec=stripped)
    except (MessageError, ValueError, IndexError):
        raise RefusedError(f'"{stripped}" is no mail address; as in name@example.org') from None
    if ("." not in address.domain and address.domain != "localhost") or len(stripped) > LONGEST:
        raise RefusedError(f'"{stripped}" is no mail address; as in name@example.org')
    return address.addr_spec
