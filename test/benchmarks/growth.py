"""How a chain's books grow: many stores in one PostgreSQL, more purchases each round; commits and questions are timed.

`python test/benchmarks/growth.py [--stores N] [--rounds N] [--visits N] [--together N]` makes a server of its own, in
which every commit waits for the disk. Each round is a day: every store gets some visits (entry, reserve, exit, capture;
a commit each for all of them), several stores at a time. Then questions are asked of some stores: a page of purchases,
one purchase, who is inside, and the day is closed. A row says how many entries there are by then.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ledger"))

from postgres_server import postgres_server
from shop_ledger import BREAD, HOUR, MINUTE, NINE, PRODUCTS, WATER, line, receipt
from sqlalchemy import Engine, func, select, text

from storegraph.ledger.books.database import open_database
from storegraph.ledger.books.schema import ENTRY
from storegraph.ledger.books.verify import verify
from storegraph.ledger.policy import Policy
from storegraph.ledger.retail.closing import close_days
from storegraph.ledger.retail.listing import PurchaseFilter, purchase, purchases, visits_inside
from storegraph.ledger.settlement.inputs import Answer, Enter, Leave
from storegraph.ledger.settlement.writer import Writer, Written

DAY = 24 * HOUR
ASKED = 20
"""Stores of which each question is asked, the same in every round: each closes one day then."""


def settle(store: str, engine: Engine, visits: int, begin: int) -> None:
    """Some visits of a store at the same time."""
    writer = Writer(engine, store, Policy(), PRODUCTS)
    told = [(f"{number}@{begin}", begin + number * MINUTE) for number in range(visits)]
    writer.write([Enter(stamp, name, name, f"p{name}", _token(name)) for name, stamp in told])
    writer.write([Answer(stamp, f"{name}#1", True, f"pay-{name}") for name, stamp in told])
    writer.write([Leave(_receipt(name, stamp)) for name, stamp in told])
    for each in writer.write([Answer(stamp + MINUTE, f"{name}#2", True, f"pay-{name}") for name, stamp in told]):
        assert isinstance(each, Written) and each.bill.state == "settled", each


def _token(name: str) -> str:
    """Of a card: letters, so that it never looks like a card number."""
    return f"tok-{name.translate(str.maketrans('0123456789', 'abcdefghij'))}"


def _receipt(name: str, stamp: int):
    return receipt(name, line(WATER, 2), line(BREAD), party=f"p{name}", entered=stamp, left=stamp + MINUTE)


def questions(engine: Engine, chosen: list[str], visit: str, day: date, now: int) -> Iterator[tuple[float, float]]:
    """The least time of each question, milliseconds, and how many pages the server looks at for it.

    The pages do not depend on what else the machine does.
    """

    def ask(question: Callable[[str], object]) -> tuple[float, float]:
        took, before = [], _pages(engine)
        for store in chosen:
            began = time.perf_counter()
            question(store)
            took.append(time.perf_counter() - began)
        return 1e3 * min(took), (_pages(engine) - before) / len(chosen)

    def reading(question: Callable[..., object], *more: object) -> Callable[[str], object]:
        def asked(store: str) -> object:
            with engine.connect().execution_options(reading=True) as connection:
                return question(connection, store, *more)

        return asked

    yield ask(reading(purchases, PurchaseFilter(left_from=datetime.combine(day, datetime.min.time(), UTC))))
    yield ask(reading(purchase, visit))
    yield ask(reading(visits_inside))
    yield ask(lambda store: close_days(engine, store, ZoneInfo("UTC"), day, now))


def _pages(engine: Engine) -> int:
    """Pages that the server has looked at so far, of the one connection that asks."""
    query = text("SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


@contextmanager
def books() -> Iterator[Engine]:
    """Of a chain, in a server of our own."""
    with postgres_server(durable=True) as server:
        engine = open_database(server.format("postgres"))
        yield engine
        engine.dispose()


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stores", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--visits", type=int, default=10, help="Of a store in a round.")
    parser.add_argument("--together", type=int, default=4, help="Stores that write at one time.")
    given = parser.parse_args()
    stores = [f"store{number}" for number in range(given.stores)]
    chosen = stores[:ASKED]
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f}, Python {platform.python_version()}; ", end="")
    print(f"{given.stores} stores, {given.visits} visits of each in a round, {given.together} stores at a time\n")
    print("| entries | MB | visits/s | visits per CPU second | page ms, pages | purchase | inside | close |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with books() as engine, ThreadPoolExecutor(given.together) as pool:
        for turn in range(given.rounds):
            begin = NINE + turn * DAY
            day = datetime.fromtimestamp(begin // 10**9, UTC).date()
            random.Random(turn).shuffle(stores)
            began, cpu = time.perf_counter(), time.process_time()
            list(pool.map(partial(settle, engine=engine, visits=given.visits, begin=begin), stores))
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            visits = given.stores * given.visits
            engine.dispose()
            asked = questions(engine, chosen, f"0@{begin}", day, begin + 2 * DAY)
            times = " | ".join(f"{ms:.1f}, {pages:.0f}" for ms, pages in asked)
            with engine.connect() as connection:
                entries = connection.execute(select(func.count()).select_from(ENTRY)).scalar_one()
                size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            print(f"| {entries} | {size / 1e6:.0f} | {visits / took:.0f} | {visits / cpu:.0f} | {times} |", flush=True)
        problems = verify(engine, stores[0]).problems
        assert not problems, problems[:3]


if __name__ == "__main__":
    main()
