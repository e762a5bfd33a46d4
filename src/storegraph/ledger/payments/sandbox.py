"""A provider for trying things out: it moves no money, and misbehaves on demand.

It keeps its own account of what it has taken, in a file where one is given, so that a test can kill the shop between
two steps and compare what both remember.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from threading import Lock

from storegraph.ledger.books.facts import Action
from storegraph.ledger.errors import PaymentError

from .provider import Order, Outcome, ProviderUnavailableError


class Fault(Enum):
    """How an order is answered."""

    NONE = "as it should be"
    DECLINE = "declined"
    LOST = "not carried out, and no answer"
    UNANSWERED = "carried out, and no answer"


@dataclass(frozen=True, slots=True)
class Account:
    """What the provider holds of a payment, minor units."""

    reference: str
    token: str
    reserved: int
    captured: int
    refunded: int


DECLINED_TOKENS = "tok_declined"
"""Cards whose token begins so have no money."""


class Sandbox:
    """Reserves, takes and gives back what does not exist.

    Args:
        path: Where its account is kept; None for memory.
        faults: How the next orders are answered, one after the other; those after them as they should be.
    """

    def __init__(self, path: Path | None = None, faults: Iterable[Fault] = ()) -> None:
        self._faults = deque(faults)
        self._lock = Lock()
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute("CREATE TABLE IF NOT EXISTS told (key TEXT PRIMARY KEY, asked TEXT, outcome TEXT)")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS account "
            "(reference TEXT PRIMARY KEY, token TEXT, reserved INTEGER, captured INTEGER, refunded INTEGER)"
        )

    def misbehave(self, *faults: Fault) -> None:
        """Answers the next orders so."""
        with self._lock:
            self._faults.extend(faults)

    def perform(self, order: Order) -> Outcome:
        """Carries out an order; one that was given before is answered as then."""
        with self._lock:
            known = self._known(order)
            if known is not None:
                return known
            fault = self._faults.popleft() if self._faults else Fault.NONE
            if fault is Fault.LOST:
                raise ProviderUnavailableError(f"{order.key}: the sandbox gave no answer")
            outcome = self._carried_out(order, declined=fault is Fault.DECLINE)
            if fault is Fault.UNANSWERED:
                raise ProviderUnavailableError(f"{order.key}: the sandbox gave no answer")
            return outcome

    def find(self, order: Order) -> Outcome | None:
        """What was made of an order; a fault that is due is met here, too."""
        with self._lock:
            if self._faults and self._faults[0] in (Fault.LOST, Fault.UNANSWERED):
                self._faults.popleft()
                raise ProviderUnavailableError(f"{order.key}: the sandbox gave no answer")
            return self._known(order)

    def last_four(self, token: str) -> str:
        """Those that the token ends in; for another token digits that are always the same ones."""
        ending = token[-4:]
        if len(ending) == 4 and ending.isascii() and ending.isdigit():
            return ending
        return f"{int(sha256(token.encode()).hexdigest(), 16) % 10_000:04d}"

    def accounts(self) -> tuple[Account, ...]:
        """Every payment, by reference."""
        with self._lock:
            return tuple(Account(*row) for row in self._database.execute("SELECT * FROM account ORDER BY reference"))

    def close(self) -> None:
        """Closes its account."""
        self._database.close()

    def _known(self, order: Order) -> Outcome | None:
        row = self._database.execute("SELECT asked, outcome FROM told WHERE key = ?", (order.key,)).fetchone()
        if row is None:
            return None
        if row[0] != _asked(order):
            raise PaymentError(f"{order.key}: was given before as another order")
        return Outcome(**json.loads(row[1]))

    def _carried_out(self, order: Order, *, declined: bool) -> Outcome:
        outcome = self._outcome(order, declined)
        self._database.execute("BEGIN")
        if outcome.done:
            self._move(order, outcome.reference)
        elif order.action in (Action.CAPTURE, Action.CANCEL):  # because what was reserved has lapsed
            self._change("reserved = 0 * ?", order.amount, order.reference)
        row = (order.key, _asked(order), json.dumps(asdict(outcome)))
        self._database.execute("INSERT INTO told VALUES (?, ?, ?)", row)
        self._database.execute("COMMIT")
        return outcome

    def _outcome(self, order: Order, declined: bool) -> Outcome:
        if declined or order.token.startswith(DECLINED_TOKENS):
            return Outcome(False, order.reference, "card_declined")
        if not order.reference:
            return Outcome(True, f"pay_{order.key}")
        account = self._account(order.reference)
        if order.action in (Action.CAPTURE, Action.CANCEL, Action.ADJUST) and not account.reserved:
            return Outcome(False, order.reference, "nothing is reserved")
        if order.action is Action.CAPTURE and order.amount > account.reserved:
            return Outcome(False, order.reference, f"{account.reserved} are reserved")
        if order.action is Action.REFUND and order.amount > account.captured - account.refunded:
            return Outcome(False, order.reference, f"{account.captured - account.refunded} are left to refund")
        return Outcome(True, order.reference)

    def _account(self, reference: str) -> Account:
        row = self._database.execute("SELECT * FROM account WHERE reference = ?", (reference,)).fetchone()
        if row is None:
            raise PaymentError(f"{reference}: the sandbox knows no such payment")
        return Account(*row)

    def _move(self, order: Order, reference: str) -> None:
        amount = order.amount
        match order.action:
            case Action.AUTHORIZE:
                self._database.execute("INSERT INTO account VALUES (?, ?, ?, 0, 0)", (reference, order.token, amount))
            case Action.CHARGE:
                self._database.execute("INSERT INTO account VALUES (?, ?, 0, ?, 0)", (reference, order.token, amount))
            case Action.ADJUST:
                self._change("reserved = ?", amount, reference)
            case Action.CAPTURE:
                self._change("reserved = 0, captured = captured + ?", amount, reference)
            case Action.REFUND:
                self._change("refunded = refunded + ?", amount, reference)
            case Action.CANCEL:
                self._change("reserved = 0 * ?", amount, reference)

    def _change(self, what: str, amount: int, reference: str) -> None:
        self._database.execute(f"UPDATE account SET {what} WHERE reference = ?", (amount, reference))


def _asked(order: Order) -> str:
    return json.dumps(asdict(order), sort_keys=True)
