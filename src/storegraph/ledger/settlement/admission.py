"""Whether a gate may open: the card is neither blocked nor in debt, and the provider reserves an amount on it."""

from __future__ import annotations

from concurrent.futures import TimeoutError as NoAnswerInTime
from dataclasses import dataclass

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import Action
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import AdmissionPolicy

from .bookkeeper import Bookkeeper
from .inputs import AskEntry, GiveUpEntry


@dataclass(frozen=True, slots=True)
class Admission:
    """What a gate is told.

    Attributes:
        allowed: Open it.
        reason: Why not; or why although the provider has not answered; empty where there is nothing to say.
        bill: That the entry is on.
    """

    allowed: bool
    reason: str
    bill: str


def admit(bookkeeper: Bookkeeper, policy: AdmissionPolicy, asked: AskEntry) -> Admission:
    """Decides about somebody at a gate; takes as long as the provider, and at most `answer_within`.

    Asking again with the same request gives the same answer, as far as it is known by then.

    Raises:
        RefusedError: The token looks like a card number, or the request was made with another one.
    """
    bill = bookkeeper.tell(asked).result().bill
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
