"""Keeps the books of a live store, beside the graph and never in its way: what it is told waits for the disk."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from concurrent.futures import TimeoutError as NoAnswerInTime
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from storegraph.observations import Interaction, Observation, Receipt, Verdict
from storegraph.store.model import Store

from .books.database import open_database
from .books.facts import EventJudged
from .books.lines import bill_of_visit
from .books.receipt import receipt_of
from .books.retention import DAY, enforce, forget_erased
from .books.tasks import URGENT, Kind
from .errors import BooksError, LedgerError, RefusedError
from .payments.named import digits_from, provider_of
from .policy import Policy, load_policy
from .receipts.addresses import Addresses
from .receipts.pairing import code_of
from .receipts.postman import postman_of
from .receipts.rounds import MailRounds
from .review.evidence import EvidenceWriter
from .review.queue import waiting
from .review.services import age_asked, given_back, refund_asked, review_asked
from .review.verdicts import NewVerdicts, verdict_of
from .rounds import Rounds
from .settings import BooksSettings
from .settlement.admission import Doorkeeper
from .settlement.bookkeeper import Bookkeeper
from .settlement.exits import exits_given_up
from .settlement.hearing import input_of
from .settlement.inputs import AskEntry, EraseCard, Input
from .settlement.opening import Opened, Opening, opening_of, set_opening
from .settlement.runner import Clock, Runner
from .settlement.writer import Writer, Written

LOG = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks for what is due; deadlines are hours."""

PATIENCE = 2.0
"""Seconds that staff waits for what they decided to be on the disk. A commit takes some 40 ms; when it takes longer,
the database is away, and what they decided is written when it is back."""


class Keeper:
    """Tells the books what the graph says, and has done what follows: money moved, gates answered, receipts mailed.

    Args:
        store: Of the graph.
        settings: Where the books are.
        clock: Event time.

    Attributes:
        bookkeeper: Writes the books.
        doorkeeper: Answers gates.

    Raises:
        LedgerError: The books, the policy, the provider or the settings of receipts cannot be used.
    """

    def __init__(self, store: Store, settings: BooksSettings, clock: Clock) -> None:
        settings.refuse_card_numbers()
        self._policy = load_policy(Path(settings.policy)) if settings.policy else Policy()
        provider = provider_of(settings.provider, settings.provider_address)
        self._store = store
        self._clock = clock
        self._engine = open_database(settings.books)
        self._addresses = Addresses(self._engine, store.id)
        self._evidence = EvidenceWriter(self._engine, store.id)
        self._new_verdicts = NewVerdicts(self._engine, store.id)
        self._judged: deque[EventJudged] = deque()
        self._waiting: dict[Kind, int] = {}
        postman = None
        if settings.receipts:
            postman = postman_of(self._engine, store, Path(settings.receipts), digits_from(provider))
        self.bookkeeper = Bookkeeper(
            self._engine, store.id, Writer(self._engine, store.id, self._policy, store.products())
        )
        self.doorkeeper = Doorkeeper(self.bookkeeper, self._policy.admission, self.opened)
        self._runner = None
        if provider is not None:
            self._runner = Runner(self.bookkeeper, provider, store.currency, clock, settings.payments_at_once)
            self._runner.start()
        self._mail = MailRounds(postman, clock) if postman is not None else None
        self._refused = ""
        self._cleared = 0
        self._ticks = Rounds("what is due", self._tick, TICK)

    def close(self) -> None:
        """Writes what was told, and ends."""
        self._ticks.close()
        with suppress(SQLAlchemyError):  # the node's journal tells it again
            self._evidence.write()
        if self._mail is not None:
            self._mail.close()
        self.doorkeeper.close()
        if self._runner is not None:
            self._runner.stop()
        self.bookkeeper.close()
        self._engine.dispose()

    def taken_in(self, observation: Observation) -> None:
        """Is told what the graph says: who came in, what was taken, what carts hold, what somebody left with."""
        if isinstance(observation, Interaction):
            self._evidence.note(observation)
        told = input_of(observation)
        if told is not None:
            self._tell(told)

    def decide(self, told: Input) -> Written:
        """Is told what staff decides, and waits until it is on the disk.

        Raises:
            RefusedError: It must not be done, or the database is away.
        """
        try:
            return self.bookkeeper.tell(told).result(PATIENCE)
        except NoAnswerInTime:
            raise RefusedError("the books cannot be written now; this is written as soon as they can") from None

    def review(self, request: Any) -> None:
        """Is told by a `ResolveReview` what a reviewer decides of a line.

        Raises:
            LedgerError: It must not be done, or the database is away.
        """
        with _books_needed():
            products, taxes = self._store.products(), self._policy.taxes
            told = review_asked(self._engine, self._store.id, products, taxes, request, self._clock())
        self.decide(told)

    def refund(self, request: Any) -> int:
        """Is told by a `Refund` what comes back; says how much was given back of the bill so far, or will be at once.

        Raises:
            LedgerError: It must not be done, or the database is away.
        """
        with _books_needed():
            told = refund_asked(self._engine, self._store.id, request, self._clock())
        return given_back(self.decide(told).bill)

    def approve_age(self, request: Any) -> None:
        """Is told by an `ApproveAge` whether somebody is old enough.

        Raises:
            LedgerError: It must not be done, or the database is away.
        """
        self.decide(age_asked(request, self._clock()))

    def verdicts(self) -> Iterator[Verdict]:
        """What people have found out about weight events since it was last asked; does not wait for the database."""
        while self._judged:
            yield verdict_of(self._judged.popleft(), self._clock())

    def receipt(self, visit: str) -> Receipt | None:
        """The receipt of a visit as the books have it now; None where it is not over, or not known.

        Raises:
            BooksError: The database is away.
        """
        with _books_needed(), self._engine.connect().execution_options(reading=True) as connection:
            bill = bill_of_visit(connection, self._store.id, visit)
        return receipt_of(bill, visit) if bill is not None else None

    def ask_entry(self, stamp: int, gate: str, request: str, token: str) -> tuple[bool, str, str] | None:
        """Whether somebody may come in: if so, why or why not, and the code of their visit; None while undecided.

        Args:
            stamp: When they presented it, nanoseconds since the Unix epoch.
            gate: Where they stand.
            request: The gate's own.
            token: What they presented.
        """
        told = self.doorkeeper.ask(AskEntry(stamp, request, gate, token))
        return (
            None
            if told is None
            else (told.allowed, told.reason, code_of(told.bill) if told.allowed and told.bill else "")
        )

    def opened(self) -> Opened:
        """Whether the store is open."""
        return opening_of(self._engine, self._store.id)

    def open_or_close(self, opening: str, by: str, reason: str) -> None:
        """Opens the store, closes it, or lets only staff in.

        Raises:
            RefusedError: That is none of it.
            BooksError: The database is away.
        """
        if opening not in list(Opening):
            raise RefusedError(f'opening "{opening}" is none; it takes {", ".join(Opening)}')
        with _books_needed():
            set_opening(self._engine, self._store.id, Opened(Opening(opening), self._clock(), by, reason))

    def take_address(self, visit: str, address: str, *, remember: bool) -> None:
        """Takes the address for a receipt.

        Raises:
            RefusedError: It is none, or the visit is not known.
            BooksError: The database is away.
        """
        with _books_needed():
            self._addresses.take(visit, address, self._clock(), remember=remember)

    @property
    def problem(self) -> str:
        """What is wrong with the books or the money; empty where all is well."""
        of_provider = ""
        if self._runner is not None:
            silent = self._runner.unanswered
            of_provider = self._runner.problem or (f"the provider did not answer {silent} times" if silent else "")
        return self.bookkeeper.problem or of_provider or self._ticks.problem or self._refused

    @property
    def waiting(self) -> tuple[str, bool]:
        """What waits for a person, in words, as it was a moment ago; and whether staff is called for at once."""
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(self._waiting.items()))
        return told or "nothing", not URGENT.isdisjoint(self._waiting)

    @property
    def problem_of_mail(self) -> str | None:
        """What is wrong with the mails; empty where all is well, None where this store sends none."""
        if self._mail is None:
            return None
        failed = f"{self._mail.failed} mails were given up; `storegraph receipts mails --state failed` lists them"
        return "; ".join(filter(None, [self._mail.problem, failed if self._mail.failed else ""]))

    def _tell(self, told: Input) -> None:
        self.bookkeeper.tell(told).add_done_callback(lambda future: self._note(future.exception()))

    def _note(self, error: BaseException | None) -> None:
        if error is not None:
            self._refused = str(error)
            LOG.error("%s", error)

    def _tick(self) -> None:
        now = self._clock()
        self._evidence.write()
        self._judged.extend(self._new_verdicts.read())
        with self._engine.connect().execution_options(reading=True) as connection:
            self._waiting = waiting(connection, self._store.id)
        if self._runner is not None:
            self._runner.pick_up()
        for told in self._due(now):
            self._tell(told)
        for written in self.bookkeeper.advance(now):
            written.add_done_callback(lambda future: self._note(future.exception()))
        if now - self._cleared >= DAY:
            self._clear(now)
            self._cleared = now

    def _due(self, now: int) -> Iterator[Input]:
        policy = self._policy.visit
        yield from exits_given_up(self._engine, self._store.id, self._store.currency, policy, self.opened(), now)

    def _clear(self, now: int) -> None:
        """Erases what was kept as long as it may, once a day and after each start."""
        erased = enforce(self._engine, self._store.id, self._policy.retention, now)
        for number, token in enumerate(erased.tokens):
            try:
                self.bookkeeper.tell(EraseCard(now + number, token)).result()
            except LedgerError as error:  # somebody came in with it meanwhile
                LOG.info("%s", error)
        forget_erased(self._engine, self._store.id)


@contextmanager
def _books_needed() -> Iterator[None]:
    """What is done now or not at all: it does not wait for the database."""
    try:
        yield
    except SQLAlchemyError as error:
        raise BooksError(f"the books cannot be used now: {str(error).splitlines()[0]}") from error
