"""The shop may die at any point: nothing is charged twice, and nothing is lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import crashing_shop
import pytest
from crashing_shop import DIED, PATIENCE
from shop_ledger import WATER
from sqlalchemy import select

from storegraph.ledger.books.database import open_database
from storegraph.ledger.books.schema import BILL
from storegraph.ledger.books.verify import verify
from storegraph.ledger.payments.sandbox import Sandbox

POINTS = (
    "before commit 1",  # of the entry and the question to reserve
    "before order 1",  # the question is on the disk
    "after order 1",  # the provider has reserved, and nobody knows
    "before commit 2",  # of the provider's answer, or of the exit
    "after entry 1",
    "before commit 3",
    "after exit 1",
    "before order 2",  # to capture
    "after order 2",  # the provider has taken the money, and nobody knows
    "before commit 4",  # of that answer
)


FRESH = multiprocessing.get_context("forkserver")
"""Processes that have loaded what they need, and have neither threads nor connections of ours."""

FRESH.set_forkserver_preload(["storegraph.ledger.settlement.runner", "storegraph.ledger.books.database"])


def run(books: str, sandbox: Path, point: str) -> int | None:
    shop = FRESH.Process(target=crashing_shop.main, args=(books, str(sandbox), point))
    shop.start()
    shop.join(PATIENCE)
    return shop.exitcode


@pytest.mark.parametrize("point", POINTS)
def test_a_shop_that_dies_charges_once_after_its_restart(point: str, database: str, tmp_path: Path) -> None:
    sandbox = tmp_path / "sandbox.sqlite"
    assert run(database, sandbox, point) == DIED
    assert run(database, sandbox, "") == 0
    (account,) = Sandbox(sandbox).accounts()
    assert (account.reserved, account.captured, account.refunded) == (0, 3 * WATER.price, 0)
    engine = open_database(database)
    with engine.connect() as connection:
        rows = connection.execute(select(BILL.c.state, BILL.c.captured)).all()
    assert rows == [("settled", 3 * WATER.price)]
    assert verify(engine, "corner").problems == ()
    engine.dispose()
