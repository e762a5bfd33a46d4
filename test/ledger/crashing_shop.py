"""A shop that dies at a named point, in a process of its own.

It takes up what its books say is open, then sees one visit. The points lie around each commit and each question to the
provider; the process ends there as by a power failure. Without a point it ends when the visit is settled.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from shop_ledger import NINE, PRODUCTS, WATER, line, receipt
from sqlalchemy import event

from storegraph.ledger.books.database import open_database
from storegraph.ledger.payments.provider import Order, Outcome
from storegraph.ledger.payments.sandbox import Sandbox
from storegraph.ledger.policy import Policy
from storegraph.ledger.settlement.bookkeeper import Bookkeeper
from storegraph.ledger.settlement.inputs import Enter, Leave
from storegraph.ledger.settlement.runner import Runner
from storegraph.ledger.settlement.writer import Writer

DIED = 42
PATIENCE = 60.0


class Points:
    """Counts points as they are passed, and dies at one."""

    def __init__(self, fatal: str) -> None:
        self._fatal = fatal
        self._passed: Counter[str] = Counter()

    def passed(self, name: str) -> None:
        self._passed[name] += 1
        if f"{name} {self._passed[name]}" == self._fatal:
            os._exit(DIED)


class Mortal:
    """A provider; the shop may die before and after each order."""

    def __init__(self, sandbox: Sandbox, points: Points) -> None:
        self._sandbox = sandbox
        self._points = points

    def perform(self, order: Order) -> Outcome:
        self._points.passed("before order")
        outcome = self._sandbox.perform(order)
        self._points.passed("after order")
        return outcome

    def find(self, order: Order) -> Outcome | None:
        return self._sandbox.find(order)

    def last_four(self, token: str) -> str:
        return self._sandbox.last_four(token)


def main(books: str, sandbox: str, fatal: str) -> None:
    points = Points(fatal)
    engine = open_database(books)
    event.listen(engine, "commit", lambda _: points.passed("before commit"))
    with Bookkeeper(engine, "corner", Writer(engine, "corner", Policy(), PRODUCTS)) as bookkeeper:
        runner = Runner(bookkeeper, Mortal(Sandbox(Path(sandbox)), points), "EUR", lambda: NINE)
        runner.start()
        bookkeeper.tell(Enter(NINE, "1", "1", "p", "card")).result(PATIENCE)
        points.passed("after entry")
        bookkeeper.tell(Leave(receipt("1", line(WATER, 3), party="p"))).result(PATIENCE)
        points.passed("after exit")
        bookkeeper.when("1", lambda bill: bill.state == "settled").result(PATIENCE)
        runner.stop()
