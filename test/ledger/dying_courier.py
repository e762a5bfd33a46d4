"""A courier that dies at a named point, in a process of its own: around each message, and around each commit."""

from __future__ import annotations

import os

from crashing_shop import Points
from retail_system import SECRET
from shop_ledger import HOUR, NINE
from sqlalchemy import event

from storegraph.ledger.books.database import open_database
from storegraph.ledger.retail.courier import Courier
from storegraph.ledger.retail.settings import Endpoint
from storegraph.ledger.retail.webhook import Message, Poster


def main(books: str, url: str, fatal: str) -> None:
    # Another test may have started the server of processes, before this was in the environment.
    os.environ["STOREGRAPH_WEBHOOK_SECRET"] = SECRET
    points = Points(fatal)
    engine = open_database(books)
    event.listen(engine, "commit", lambda _: points.passed("before commit"))
    post = Poster.post

    def mortal(self: Poster, message: Message, now: int) -> None:
        points.passed("before message")
        post(self, message, now)
        points.passed("after message")

    Poster.post = mortal  # type: ignore[method-assign]
    Courier(engine, "corner", Endpoint(name="erp", url=url, at_once=1)).go_round(NINE + 5 * HOUR)
