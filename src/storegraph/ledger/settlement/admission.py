"""Whether a gate may open: the store is open, the card neither blocked nor in debt, and an amount is reserved on it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoAnswerInTime
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import Action
from storegraph.ledger.errors import LedgerError, RefusedError
from storegraph.ledger.policy import AdmissionPolicy

from .bookkeeper import Bookkeeper
from .inputs import AskEntry, GiveUpEntry
from .opening import Opened, Opening

AT_ONCE = 8
"""Requests that are decided at one time: more than a store has gates."""

BOOKS_WITHIN = 2.0
"""Seconds that a gate waits for the books: a commit takes some 40 ms, and the provider is asked after it."""

REMEMBERED = 1000
"""Answers known again when a gate asks again: hours of entries."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What a gate is told.

    Attributes:
        allowed: Open it.
        reason: Why not; or why although the provider has not answered; empty where there is nothing to say.
        bill: That the entry is on; empty for none.
    """

    allowed: bool
    reason: str
    bill: str


def admit(bookkeeper: Bookkeeper, policy: AdmissionPolicy, asked: AskEntry) -> Admission:
    """Decides about somebody at a gate; takes as long as the provider, and at most `answer_within`.

    Asking again with the same request gives the same answer, as far as it is known by then.

    Raises:
        RefusedError: The token looks like a card number, the request was made with another one, or they may not enter.
    """
    try:
        bill = bookkeeper.tell(asked).result(BOOKS_WITHIN).bill
    except NoAnswerInTime:
        return Admission(policy.when_unanswered == "admit", "the books cannot be written", "")
    if bill.open_step is not None and bill.open_step.action is Action.AUTHORIZE:
        try:
            bill = bookkeeper.when(bill.bill, lambda each: each.open_step is None).result(policy.answer_within)
        except NoAnswerInTime:
            told = "the provider does not answer"
            if policy.when_unanswered == "admit":
                return Admission(True, told, bill.bill)
            return _given_up(bookkeeper, bill, asked.stamp, told)
    if bill.denied:
        return Admission(False, bill.denied, bill.bill)
    asked_for = [step for step in bill.steps if step.action is Action.AUTHORIZE]
    if asked_for and asked_for[-1].done is False and not bill.visits:
        return _given_up(bookkeeper, bill, asked.stamp, f"declined: {asked_for[-1].reason}")
    return Admission(True, "", bill.bill)


def _given_up(bookkeeper: Bookkeeper, bill: Bill, stamp: int, reason: str) -> Admission:
    try:
        bookkeeper.tell(GiveUpEntry(stamp, bill.bill, reason)).result()
    except RefusedError:  # somebody came in meanwhile
        return Admission(True, reason, bill.bill)
    return Admission(False, reason, bill.bill)


class Doorkeeper:
    """Answers gates without making anybody wait who asks for them.

    Args:
        bookkeeper: Of the store.
        policy: Who may enter.
        opened: Tells whether the store is open now.
    """

    def __init__(self, bookkeeper: Bookkeeper, policy: AdmissionPolicy, opened: Callable[[], Opened]) -> None:
        self._bookkeeper = bookkeeper
        self._policy = policy
        self._opened = opened
        self._asked: dict[str, Future[Admission]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="gates")

    def ask(self, asked: AskEntry) -> Admission | None:
        """The answer to a request; None while it is not known: ask again, with the same request."""
        if asked.key not in self._asked:
            if len(self._asked) >= REMEMBERED:
                del self._asked[next(iter(self._asked))]
            self._asked[asked.key] = self._pool.submit(self._decide, asked)
        future = self._asked[asked.key]
        return future.result() if future.done() else None

    def close(self) -> None:
        """Answers nobody any more."""
        self._pool.shutdown(cancel_futures=True)

    def _decide(self, asked: AskEntry) -> Admission:
        try:
            opening = self._opened().opening
            if opening is Opening.CLOSED:
                return Admission(False, "the store is closed", "")
            return admit(self._bookkeeper, self._policy, replace(asked, crew_only=opening is Opening.CREW))
        except RefusedError as error:
            return Admission(False, str(error), "")
        except (LedgerError, SQLAlchemyError) as error:
            told = f"the books cannot be used: {str(error).splitlines()[0]}"
            return Admission(self._policy.when_unanswered == "admit", told, "")
