"""How many visits a second the ledger settles, durably, and how long one takes.

`python test/benchmarks/ledger.py [sqlite] [postgresql] [--stores N...] [--visits N] [--together N]` makes databases of
its own, in which every commit waits for the disk, and tells them of visits: entry with a card, a reserve, an exit with
two lines, a capture. The provider answers at once, so that what is measured is the ledger. Each store has a process of
its own, as live; in SQLite also a file of its own, while in PostgreSQL all share one database. Some visits are under
way at any time: at 1,000 a second with four commits of 30 ms each they are 120.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
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

FRESH = multiprocessing.get_context("spawn")

PATIENCE = 600.0
"""Seconds until stores that are still not through have come to grief."""

WARMING = 100
"""Visits of each store before the measurement: statements are compiled, and memory is there."""


class Visits:
    """Visits one after the other, some at a time, each from its entry to its settlement."""

    def __init__(self, bookkeeper: Bookkeeper, visits: int, together: int, prefix: str) -> None:
        self._bookkeeper = bookkeeper
        self._names = (f"{prefix}{number}@{NINE + number}" for number in range(visits))
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


@dataclass(frozen=True)
class Measured:
    """What one process has done: seconds of all commits and settlements, and of processor time."""

    visits: int
    cpu: float
    commits: list[float]
    settlements: list[float]


def settle(url: str, store: str, visits: int, together: int, ready: Barrier, answers: SimpleQueue[Measured]) -> None:
    """One store in a process of its own."""
    engine = open_database(url)
    with Bookkeeper(engine, store, Writer(engine, store, Policy(), PRODUCTS)) as bookkeeper:
        Visits(bookkeeper, WARMING, together, f"{store}-warming-").wait()
        ready.wait()
        cpu = time.process_time()
        measured = Visits(bookkeeper, visits, together, f"{store}-")
        measured.wait()
        cpu = time.process_time() - cpu
        ready.wait()
    engine.dispose()
    answers.put(Measured(visits, cpu, measured.commits, measured.settlements))


def measure(urls: list[str], visits: int, together: int) -> str:
    """A row of the table: as many stores as URLs, each in a process of its own."""
    ready, answers = FRESH.Barrier(len(urls) + 1, timeout=PATIENCE), FRESH.SimpleQueue()
    stores = [f"store{number}" for number in range(len(urls))]
    each = visits // len(urls)
    shops = [
        FRESH.Process(target=settle, args=(url, store, each, together // len(urls), ready, answers), daemon=True)
        for url, store in zip(urls, stores, strict=True)
    ]
    for shop in shops:
        shop.start()
    ready.wait()
    began, server = time.perf_counter(), server_seconds(urls[0])
    ready.wait()
    took, server = time.perf_counter() - began, server_seconds(urls[0]) - server
    results = [answers.get() for _ in shops]
    for shop in shops:
        shop.join()
    for url, store in zip(urls, stores, strict=True):
        engine = open_database(url)
        problems = verify(engine, store).problems
        assert not problems, problems[:3]
        engine.dispose()
    done = sum(result.visits for result in results)
    cpu = sum(result.cpu for result in results)
    commits = _milliseconds([second for result in results for second in result.commits])
    settlements = _milliseconds([second for result in results for second in result.settlements])
    return f"{done / took:.0f} | {1e3 * cpu / done:.2f} | {1e3 * server / done:.2f} | {commits} | {settlements}"


def server_seconds(url: str) -> float:
    """Processor time that the PostgreSQL server behind a URL of ours has taken so far; 0 for SQLite."""
    _, socket, folder = url.partition("?host=")
    if not socket:
        return 0.0
    server = int((Path(folder) / "cluster" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = path.read_text().rpartition(")")[2].split()
            if server in (int(path.parent.name), int(fields[1])):
                ticks += sum(map(int, fields[11:15]))  # its own, and that of its children which have ended
    return ticks / os.sysconf("SC_CLK_TCK")


def _milliseconds(seconds: list[float]) -> str:
    percentiles = statistics.quantiles(seconds, n=100)
    return f"{1e3 * percentiles[49]:.0f}, {1e3 * percentiles[98]:.0f}"


@contextmanager
def databases(kind: str, stores: int) -> Iterator[list[str]]:
    """Fresh ones whose commits wait for the disk: a file for each store, or one server for all."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
            yield [str(Path(folder) / f"{number}.sqlite") for number in range(stores)]
    else:
        with postgres_server(durable=True) as server:
            open_database(server.format("postgres")).dispose()  # makes the tables
            yield [server.format("postgres")] * stores


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--stores", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--visits", type=int, default=5000)
    parser.add_argument("--together", type=int, default=128)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f}, Python {platform.python_version()}; ", end="")
    print(f"{given.visits} visits, {given.together} at a time, groups of at most {GROUP}\n")
    print("| database | stores | visits/s | CPU ms a visit: ours | server's | a commit ms, p50, p99 |", end="")
    print(" exit to settled ms, p50, p99 |\n| --- | --- | --- | --- | --- | --- | --- |")
    for kind in given.kinds:
        for stores in given.stores:
            with databases(kind, stores) as urls:
                row = measure(urls, given.visits, given.together)
                print(f"| {kind} | {stores} | {row} |", flush=True)


if __name__ == "__main__":
    main()
