"""From a simulated visit to a receipt in a mailbox: the whole way of a store, on one machine, and how long it takes."""

from __future__ import annotations

import mailbox
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storegraph.graph.replay import replay
from storegraph.ledger.errors import LedgerError
from storegraph.ledger.keeper import Keeper
from storegraph.ledger.settings import BooksSettings
from storegraph.ledger.settlement.hearing import input_of
from storegraph.observations import Cart, GateEvent, Observation, Passage, Receipt
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.simulate import simulate
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .replayed import Replayed, read_passages, read_replay

SCENARIO = "kiosk_email"
LOOK = 0.01
"""Seconds between two looks into the mailbox."""
PATIENCE = 30.0
"""Seconds until a mail that has not come has failed to: many times what it takes."""


@dataclass(frozen=True, slots=True)
class Mailed:
    """A receipt that arrived.

    Attributes:
        visit: Whose.
        file: The mail, in its mailbox.
        subject: Of the mail.
        concluded: From leaving to the receipt, seconds of event time: what was taken last has to be weighed.
        delivered: From there to the mail in the mailbox, seconds: books, money, and the mail server.
    """

    visit: str
    file: Path
    subject: str
    concluded: float
    delivered: float


class _Clock:
    """Event time: that of the last observation, which goes on as time does."""

    def __init__(self) -> None:
        self._stamp = 0
        self._since = time.monotonic_ns()

    def set(self, stamp: int) -> None:
        self._stamp, self._since = stamp, time.monotonic_ns()

    def __call__(self) -> int:
        return self._stamp + time.monotonic_ns() - self._since


def mailed(store: Store, out: Path, address: str, *, scenario: str = SCENARIO, seed: int = 0) -> list[Mailed]:
    """Simulates a scenario, replays it, keeps its books with the sandbox as provider, and mails its receipts.

    Args:
        store: Where it plays.
        out: An empty folder for `simulated`, `simulated-truth`, `replayed`, `books.sqlite`, `receipts.yaml` and
            `mailbox`, a Maildir.
        address: That everybody leaves at the kiosk.
        scenario: As `storegraph scenarios` lists them.
        seed: Of what the scenario leaves open.

    Returns:
        One for each bill that was settled, for nothing of it was in doubt.

    Raises:
        LedgerError: A mail did not come.
    """
    simulated = simulate(load_scenario(scenario), store, seed, out / "simulated", level="shoppers")
    replay(simulated.bag, store, out / "replayed")
    found = read_replay(out / "replayed", simulated.bag, store)
    entries = [each for each in read_passages(out / "replayed", store) if each.passage is Passage.ENTRY]
    with _mail_server(out / "mailbox") as port:
        settings = out / "receipts.yaml"
        settings.write_text(f"smtp: {{host: localhost, port: {port}, security: none}}\n", encoding="utf-8")
        books = BooksSettings(books=str(out / "books.sqlite"), provider="sandbox", receipts=str(settings))
        return _settled(store, books, _in_order(found, entries), address, out / "mailbox")


def _in_order(found: Replayed, entries: list[GateEvent]) -> list[Observation]:
    """What the ledger's node would have heard and said, by stamp: who came in before what they took."""
    kinds = (GateEvent, Cart, Receipt)
    told: list[Observation] = [*entries, *found.carts, *found.receipts]
    return sorted(told, key=lambda each: (each.stamp, kinds.index(type(each))))


def _settled(store: Store, books: BooksSettings, told: list[Observation], address: str, folder: Path) -> list[Mailed]:
    clock = _Clock()
    box = mailbox.Maildir(folder)
    arrived: list[Mailed] = []
    keeper = Keeper(store, books, clock)
    try:
        for observation in told:
            clock.set(observation.stamp)
            began, before = time.monotonic(), set(box.keys())
            known = input_of(observation)
            assert known is not None
            keeper.decide(known)
            if isinstance(observation, GateEvent):
                visit = f"{observation.shopper_id}@{observation.stamp}"
                keeper.take_address(visit, address, remember=False)
            if isinstance(observation, Receipt) and not _doubtful(observation) and _last_of_party(observation, told):
                key = _awaited(box, before, observation.visit_id)
                concluded = (observation.stamp - observation.left) / NANOSECONDS
                delivered = time.monotonic() - began
                file = folder / "new" / key
                arrived.append(Mailed(observation.visit_id, file, str(box[key]["Subject"]), concluded, delivered))
    finally:
        keeper.close()
    return arrived


def _doubtful(receipt: Receipt) -> bool:
    return bool(receipt.doubt) or any(line.doubt for line in receipt.lines)


def _last_of_party(receipt: Receipt, told: list[Observation]) -> bool:
    """Whether nobody who pays with them is still inside; a bill is settled, and mailed, once."""
    mates = [each for each in told if isinstance(each, Receipt) and each.party and each.party == receipt.party]
    return all(each.stamp <= receipt.stamp for each in mates)


def _awaited(box: mailbox.Maildir, before: set[str], visit: str) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        new = set(box.keys()) - before
        if new:
            return new.pop()
        time.sleep(LOOK)
    raise LedgerError(f"{visit}: no mail came within {PATIENCE:g} s")


@contextmanager
def _mail_server(folder: Path) -> Iterator[int]:
    """A mail server of this machine that puts what it takes into a Maildir; gives its port."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Mailbox

    with socket.create_server(("127.0.0.1", 0)) as free:  # aiosmtpd connects to its own port, and cannot be given 0
        port: int = free.getsockname()[1]
    controller = Controller(Mailbox(folder), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
