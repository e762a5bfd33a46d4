"""Group commit: inputs that come while one transaction is written to the disk go into the next one together.

Who tells something gets a future, and is not held up by the disk. When the database is gone, what was told waits, and
is written when it is back: it is safe to write a group again, for its idempotency keys are known then.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from traceback import format_exc
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, select
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from storegraph.ledger.books.bill import Bill, Step
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import BILL, CARD
from storegraph.ledger.errors import BooksError, LedgerError

from .inputs import Input, TimePassed
from .writer import Writer, Written, begun

LOG = logging.getLogger(__name__)

GROUP = 64
"""Inputs in one transaction at most: enough that what a transaction costs by itself is a small part of what they cost,
and few enough that the first of them does not wait long for the last."""

PAUSE = 1.0
"""Seconds until a database that failed is tried again."""

BegunHandler = Callable[[Sequence[tuple[Bill, Step]]], None]


class Bookkeeper:
    """Takes inputs from any thread, and writes them in the order in which they were told.

    Args:
        engine: From `open_database`.
        store: Store id.
        writer: Of that store; nobody else uses it.

    Attributes:
        store: Whose books.
        problem: Why nothing can be written just now; empty where all is well.
    """

    def __init__(self, engine: Engine, store: str, writer: Writer) -> None:
        self.problem = ""
        self._engine = engine
        self.store = store
        self._writer = writer
        self._told: deque[tuple[Input, Future[Written]]] = deque()
        self._changed = Condition()
        self._closing = False
        self._awaited: list[tuple[str, Callable[[Bill], bool], Future[Bill]]] = []
        self._handle_begun: BegunHandler = lambda _: None
        self._thread = Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """The bookkeeper itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Writes what was told, and ends."""
        self.close()

    def tell(self, told: Input) -> Future[Written]:
        """Takes an input.

        Returns:
            What it led to, once that is on the disk; or the `LedgerError` for which it was refused.
        """
        future: Future[Written] = Future()
        with self._changed:
            if self._closing:
                raise BooksError(f"the books of {self.store} are closed; nothing is written any more")
            self._told.append((told, future))
            self._changed.notify()
        return future

    def on_begun(self, handle: BegunHandler) -> None:
        """Has somebody told of every step that a provider has to be asked, when it is on the disk."""
        self._handle_begun = handle

    def when(self, bill: str, done: Callable[[Bill], bool]) -> Future[Bill]:
        """A bill, once it is on the disk as somebody waits for it to be."""
        future: Future[Bill] = Future()
        with self._changed:
            self._awaited.append((bill, done, future))
        known = self.bill(bill)
        if known is not None:
            self._resolve([known])
        return future

    def _resolve(self, bills_now: Sequence[Bill]) -> None:
        """Tells those who wait for one of these bills."""
        now = {bill.bill: bill for bill in bills_now}
        with self._changed:
            met = [each for each in self._awaited if each[0] in now and each[1](now[each[0]])]
            self._awaited = [each for each in self._awaited if each not in met and not each[2].cancelled()]
        for name, _, future in met:
            if future.set_running_or_notify_cancel():
                future.set_result(now[name])

    def advance(self, stamp: int) -> list[Future[Written]]:
        """Tells every bill that has something due that time has passed.

        Args:
            stamp: Event time, nanoseconds since the Unix epoch. What is due is decided as of when it was due, however
                late it is told.
        """
        query = select(BILL.c.bill, BILL.c.due).where(BILL.c.store == self.store, BILL.c.due <= stamp)
        with self._engine.connect().execution_options(reading=True) as connection:
            late = list(connection.execute(query.order_by(BILL.c.due, BILL.c.bill)))
        return [self.tell(TimePassed(due, bill)) for bill, due in late]

    def open_steps(self) -> list[tuple[Bill, Step]]:
        """Every step that a provider has not answered, by age: after a restart they are to be asked about."""
        query = select(BILL.c.bill).where(BILL.c.store == self.store, BILL.c.open_step.is_not(None))
        with self._engine.connect().execution_options(reading=True) as connection:
            found = bills(connection, self.store, [row.bill for row in connection.execute(query)])
        steps = [(bill, bill.open_step) for bill in found.values() if bill.open_step is not None]
        return sorted(steps, key=lambda each: (each[1].begun, each[1].step))

    def bill(self, name: str) -> Bill | None:
        """A bill as it stands on the disk; None where it is not known."""
        with self._engine.connect().execution_options(reading=True) as connection:
            return bills(connection, self.store, [name]).get(name)

    def token(self, card: str) -> str:
        """The token of a card; empty where it was erased."""
        query = select(CARD.c.token).where(CARD.c.store == self.store, CARD.c.card == card)
        with self._engine.connect().execution_options(reading=True) as connection:
            return connection.execute(query).scalar_one_or_none() or ""

    def close(self) -> None:
        """Writes what was told, and ends. What cannot be written, for the database is gone, fails."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while group := self._next_group():
            try:
                results = self._written([told for told, _ in group])
            except Exception as error:
                if not isinstance(error, BooksError):  # a mistake in the code must not end all that comes after
                    self.problem = format_exc(limit=-1)
                    LOG.exception("the books of %s", self.store)
                for _, future in group:
                    future.set_exception(error)
                continue
            for (_, future), result in zip(group, results, strict=True):
                if isinstance(result, LedgerError):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            if self._awaited:
                self._resolve([result.bill for result in results if isinstance(result, Written)])
            steps = begun(results)
            if steps:
                self._handle_begun(steps)

    def _next_group(self) -> list[tuple[Input, Future[Written]]]:
        """What to write next; nothing when it is over."""
        with self._changed:
            while not self._told and not self._closing:
                self._changed.wait()
            return [self._told.popleft() for _ in range(min(GROUP, len(self._told)))]

    def _written(self, group: Sequence[Input]) -> Sequence[Written | LedgerError]:
        """Writes a group, however long the database takes to come back.

        Raises:
            BooksError: The bookkeeper is being closed, and the database is gone.
        """
        while True:
            try:
                results = self._writer.write(group)
            except (IntegrityError, DataError) as error:  # of one of them; writing it again would not help
                if len(group) == 1:
                    return [BooksError(f"{group[0].key!r}: does not fit the books of {self.store}: {error.orig}")]
                return [result for told in group for result in self._written([told])]
            except SQLAlchemyError as error:
                self.problem = str(error).splitlines()[0]
                LOG.error("the books of %s cannot be written: %s", self.store, self.problem)
            else:
                self.problem = ""
                return results
            with self._changed:
                if self._closing or self._changed.wait_for(lambda: self._closing, PAUSE):
                    raise BooksError(f"the books of {self.store} cannot be written: {self.problem}")
