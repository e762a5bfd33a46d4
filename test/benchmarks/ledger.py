"""How many visits a second the ledger settles, durably, and how long one takes.

`python test/benchmarks/ledger.py [sqlite] [postgresql] [--visits N] [--together N]` makes a database of its own, in
which every commit waits for the disk, and tells it of visits: entry with a card, a reserve, an exit with two lines, a
capture. The provider answers at once, so that what is measured is the ledger. Some visits are under way at any time, as
many as people pass gates at the same moment in the stores of one database.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ledger"))

from postgres_server import postgres_server
from shop_ledger import BREAD, NINE, PRODUCTS, WATER, line, receipt

from storegraph.ledger.books.database import open_database
from storegraph.ledger.books.verify import verify
from storegraph.ledger.policy import Policy
from storegraph.ledger.settlement.bookkeeper import GROUP, Bookkeeper
from storegraph.ledger.settlement.inputs import Answer, Enter, Leave
from storegraph.ledger.settlement.writer import Writer, Written


class Visits:
    """Visits one after the other, some at a time, each from its entry to its settlement."""

    def __init__(self, bookkeeper: Bookkeeper, visits: int, together: int) -> None:
        self._bookkeeper = bookkeeper
        self._names = (f"{number}@{NINE + number}" for number in range(visits))
        self._lock = threading.Lock()
        self._left = visits
        self._done = threading.Event()
        self._began: dict[str, float] = {}
        self.commits: list[float] = []
        self.settlements: list[float] = []
        for _ in range(together):
            self._next()

    def wait(self) -> None:
        """Until all are settled."""
        self._done.wait()

    def _next(self) -> None:
        with self._lock:
            name = next(self._names, None)
        if name is not None:
            self._tell(Enter(NINE, name, name, f"p{name}", f"tok-{name.partition('@')[0]}"), self._entered, name)

    def _tell(self, told, then, name: str) -> None:
        began = time.perf_counter()

        def written(future: Future[Written]) -> None:
            self.commits.append(time.perf_counter() - began)
            then(name, future.result())

        self._bookkeeper.tell(told).add_done_callback(written)

    def _entered(self, name: str, _: Written) -> None:
        self._tell(Answer(NINE, f"{name}#1", True, f"pay-{name}"), self._reserved, name)

    def _reserved(self, name: str, _: Written) -> None:
        self._began[name] = time.perf_counter()
        left = receipt(name, line(WATER, 2), line(BREAD), party=f"p{name}")
        self._tell(Leave(left), self._left_store, name)

    def _left_store(self, name: str, _: Written) -> None:
        self._tell(Answer(NINE, f"{name}#2", True, f"pay-{name}"), self._settled, name)

    def _settled(self, name: str, written: Written) -> None:
        assert written.bill.state == "settled"
        self.settlements.append(time.perf_counter() - self._began.pop(name))
        self._left -= 1
        if not self._left:
            self._done.set()
        self._next()


def measure(url: str, visits: int, together: int) -> str:
    """A row of the table."""
    engine = open_database(url)
    with Bookkeeper(engine, "corner", Writer(engine, "corner", Policy(), PRODUCTS)) as bookkeeper:
        Visits(bookkeeper, 100, together).wait()  # warm
    with Bookkeeper(engine, "other", Writer(engine, "other", Policy(), PRODUCTS)) as bookkeeper:
        began, cpu = time.perf_counter(), time.process_time()
        measured = Visits(bookkeeper, visits, together)
        measured.wait()
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    problems = verify(engine, "other").problems
    assert not problems, problems[:3]
    engine.dispose()
    commits, settlements = (_milliseconds(each) for each in (measured.commits, measured.settlements))
    return f"{visits / took:.0f} | {visits / cpu:.0f} | {commits} | {settlements}"


def _milliseconds(seconds: list[float]) -> str:
    percentiles = statistics.quantiles(seconds, n=100)
    return f"{1e3 * percentiles[49]:.0f}, {1e3 * percentiles[98]:.0f}"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A fresh one whose commits wait for the disk."""
    if kind == "sqlite":
        yield str(folder / "books.sqlite")
    else:
        with postgres_server(durable=True) as server:
            yield server.format("postgres")


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--visits", type=int, default=5000)
    parser.add_argument("--together", type=int, default=32)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f}, Python {platform.python_version()}; ", end="")
    print(f"{given.visits} visits, {given.together} at a time, groups of at most {GROUP}\n")
    print("| database | visits/s | visits per CPU second | a commit ms, p50, p99 | exit to settled ms, p50, p99 |")
    print("| --- | --- | --- | --- | --- |")
    for kind in given.kinds:
        with tempfile.TemporaryDirectory(prefix="ledger-") as folder, database(kind, Path(folder)) as url:
            print(f"| {kind} | {measure(url, given.visits, given.together)} |", flush=True)


if __name__ == "__main__":
    main()
