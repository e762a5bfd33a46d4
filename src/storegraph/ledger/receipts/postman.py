"""Sends the receipt of every settled bill whose customers left an address, until it has arrived or cannot.

What is to be sent stands in the database before it is sent, so a crash loses none; one that strikes between the
server's answer and the note of it sends a mail twice, under one Message-ID.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import Settled, read
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import BILL, CARD, ENTRY, VISIT
from storegraph.ledger.errors import PolicyError, RefusedError
from storegraph.ledger.policy import nanoseconds
from storegraph.store.model import Store

from .addresses import Addresses
from .letter import Letter, letter_of
from .links import dispute_link
from .mail import MailError, Smtp, Transport, mail_of
from .schema import LAST_FOUR, MAIL, MAIL_CURSOR
from .settings import ReceiptSettings, load_receipt_settings

LOG = logging.getLogger(__name__)

SECRET = "STOREGRAPH_LINK_SECRET"
"""The environment variable with what signs the links of receipts."""

PAGE = 200
"""Entries, or mails, taken at once."""

Details = Callable[[str], str]
"""The last four digits of the card behind a token, from who issued the token; empty where it has none."""


@dataclass(frozen=True, slots=True)
class Round:
    """What the postman did.

    Attributes:
        sent: Mails that a server took.
        postponed: Mails that are tried again.
        failed: Mails that will not be tried again.
        told: Why the last of those that were not sent was not; empty where all were.
    """

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    told: str = field(default="", compare=False)


class Postman:
    """Sends receipts.

    Args:
        engine: From `open_database`.
        store: Whose receipts.
        settings: How they look, and when to try again.
        transport: Takes the mails.
        secret: Signs the links of disputes.
        details: Of cards.

    Attributes:
        addresses: Where receipts go to.
        settings: As given.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        settings: ReceiptSettings,
        transport: Transport,
        secret: bytes,
        details: Details = lambda _: "",
    ) -> None:
        self.addresses = Addresses(engine, store.id)
        self._engine = engine
        self._store = store
        self.settings = settings
        self._transport = transport
        self._secret = secret
        self._details = details
        self._asked_about: set[str] = set()

    def go_round(self, now: int) -> Round:
        """Notes what has been settled since, and sends what is due.

        Args:
            now: Nanoseconds since the Unix epoch.
        """
        self._collect(now)
        done = [self._send(bill, revision, now) for bill, revision in self._due(now)]
        states = [state for state, _ in done]
        told = next((told for _, told in reversed(done) if told), "")
        return Round(states.count("sent"), states.count("waiting"), states.count("failed"), told)

    def learn_digits(self) -> None:
        """Asks by which digits those who are inside can be found at the kiosk; of each card once."""
        known = select(LAST_FOUR.c.card).where(LAST_FOUR.c.store == self._store.id)
        inside = select(BILL.c.card).join(VISIT, (VISIT.c.store == BILL.c.store) & (VISIT.c.bill == BILL.c.bill))
        query = inside.where(VISIT.c.store == self._store.id, VISIT.c.left.is_(None), BILL.c.card != "").distinct()
        with self._engine.connect().execution_options(reading=True) as connection:
            cards = set(connection.execute(query.where(BILL.c.card.not_in(known))).scalars())
        for card in sorted(cards - self._asked_about):
            self._last_four(card)
        self._asked_about = cards

    def letter(self, bill: Bill, now: int) -> Letter:
        """The receipt of a bill.

        Args:
            bill: That was settled.
            now: From when its links count, nanoseconds since the Unix epoch.
        """
        until = now + nanoseconds(self.settings.dispute_within)
        base = self.settings.sender.link

        def link(line: str) -> str:
            return dispute_link(base, self._secret, line, until)

        return letter_of(bill, self._store, self.settings.sender, link, self._last_four(bill.card))

    def _collect(self, now: int) -> None:
        """Makes a mail of every bill that was settled since the last time and has an address."""
        full = True
        while full:
            with self._engine.begin() as connection:
                full = self._collect_page(connection, now)

    def _collect_page(self, connection: Connection, now: int) -> bool:
        cursor = select(MAIL_CURSOR.c.position).where(MAIL_CURSOR.c.store == self._store.id).with_for_update()
        position = connection.execute(cursor).scalar_one_or_none() or 0
        query = (
            select(ENTRY.c.position, ENTRY.c.stream, ENTRY.c.kind, ENTRY.c.body)
            .where(ENTRY.c.store == self._store.id, ENTRY.c.position > position, ENTRY.c.kind == Settled.KIND)
            .where(ENTRY.c.body.is_not(None))
            .order_by(ENTRY.c.position)
            .limit(PAGE)
        )
        page = list(connection.execute(query))
        if not page:
            return False
        known = bills(connection, self._store.id, {row.stream for row in page})
        for row in page:
            settled = read(row.kind, row.body)
            bill = known.get(row.stream)
            if bill and isinstance(settled, Settled) and self.addresses.of(connection, bill):
                self._note(connection, row.stream, settled.revision, now)
        connection.execute(delete(MAIL_CURSOR).where(MAIL_CURSOR.c.store == self._store.id))
        connection.execute(insert(MAIL_CURSOR).values(store=self._store.id, position=page[-1].position))
        return len(page) == PAGE

    def _note(self, connection: Connection, bill: str, revision: int, now: int) -> None:
        """Notes a mail to be sent; an older one about the same bill that was not sent yet is not sent any more."""
        same = (MAIL.c.store == self._store.id, MAIL.c.bill == bill, MAIL.c.revision == revision)
        if connection.execute(select(MAIL.c.state).where(*same)).first() is not None:  # the address came later
            return
        earlier = (MAIL.c.store == self._store.id, MAIL.c.bill == bill, MAIL.c.state == "waiting")
        connection.execute(update(MAIL).where(*earlier).values(state="superseded", due=None))
        row = {"store": self._store.id, "bill": bill, "revision": revision, "state": "waiting"}
        connection.execute(insert(MAIL).values(**row, attempts=0, due=now, sent=None, told=""))

    def _due(self, now: int) -> list[tuple[Bill, int]]:
        query = select(MAIL.c.bill, MAIL.c.revision).where(MAIL.c.store == self._store.id, MAIL.c.due <= now)
        with self._engine.connect().execution_options(reading=True) as connection:
            rows = list(connection.execute(query.order_by(MAIL.c.due, MAIL.c.bill).limit(PAGE)))
            known = bills(connection, self._store.id, {row.bill for row in rows})
        return [(known[row.bill], row.revision) for row in rows if row.bill in known]

    def _send(self, bill: Bill, revision: int, now: int) -> tuple[str, str]:
        """Tries a mail; gives the state it is in now, and why it was not sent."""
        with self._engine.connect().execution_options(reading=True) as connection:
            to = self.addresses.of(connection, bill)
        if not to:
            return self._ended(bill.bill, revision, "failed", now, "the address was erased")
        try:
            self._transport.send(mail_of(self.letter(bill, now), self.settings.language, to, now))
        except MailError as error:
            return self._refused(bill.bill, revision, now, error)
        except SQLAlchemyError:
            raise
        except Exception as error:  # a mistake of ours about one receipt must not hold up all others
            LOG.exception("receipt of %s", bill.bill)
            unwritten = MailError(f"cannot be written: {type(error).__name__}: {error}", final=False)
            return self._refused(bill.bill, revision, now, unwritten)
        return self._ended(bill.bill, revision, "sent", now, "")

    def _refused(self, bill: str, revision: int, now: int, error: MailError) -> tuple[str, str]:
        waits = self.settings.smtp.retry_after
        of_mail = (MAIL.c.store == self._store.id, MAIL.c.bill == bill, MAIL.c.revision == revision)
        with self._engine.begin() as connection:
            attempts = connection.execute(select(MAIL.c.attempts).where(*of_mail)).scalar_one() + 1
            final = error.final or attempts > len(waits)
            due = None if final else now + nanoseconds(waits[attempts - 1])
            state = "failed" if final else "waiting"
            told = "not to be repeated" if looks_like_card_number(str(error)) else str(error)
            values = {"state": state, "attempts": attempts, "due": due, "told": told}
            connection.execute(update(MAIL).where(*of_mail).values(values))
        return state, told

    def _ended(self, bill: str, revision: int, state: str, now: int, told: str) -> tuple[str, str]:
        of_mail = (MAIL.c.store == self._store.id, MAIL.c.bill == bill, MAIL.c.revision == revision)
        sent = now if state == "sent" else None
        values = {"state": state, "attempts": MAIL.c.attempts + 1, "due": None, "sent": sent, "told": told}
        with self._engine.begin() as connection:
            connection.execute(update(MAIL).where(*of_mail).values(values))
        return state, told

    def _last_four(self, card: str) -> str:
        """The digits of a card; asked for once, then known."""
        if not card:
            return ""
        with self._engine.connect().execution_options(reading=True) as connection:
            known = self.addresses.last_four(connection, card)
            query = select(CARD.c.token).where(CARD.c.store == self._store.id, CARD.c.card == card)
            token = connection.execute(query).scalar_one_or_none()
        if known is not None or not token:
            return known or ""
        digits = self._details(token)
        if digits:
            try:
                self.addresses.note_last_four(card, digits)
            except RefusedError as error:  # a provider that tells more than it should holds up no receipt
                LOG.error("card %s: %s", card, error)
                return ""
        return digits


def postman_of(engine: Engine, store: Store, path: Path | None, details: Details = lambda _: "") -> Postman:
    """A postman who hands mails to the server that a settings file names.

    Args:
        engine: From `open_database`.
        store: Whose receipts.
        path: The file, as `config/receipts.yaml`; None for the defaults.
        details: Of cards.

    Raises:
        PolicyError: The file is wrong, or what signs its links is not in the environment.
        MailError: It would send mail over a network in the clear.
    """
    settings = ReceiptSettings() if path is None else load_receipt_settings(path)
    secret = os.environ.get(SECRET, "")
    if settings.sender.link and not secret:
        raise PolicyError(f"{path}: sender.link is set, and {SECRET}, which signs links, is not in the environment")
    return Postman(engine, store, settings, Smtp(settings.smtp), secret.encode(), details)
