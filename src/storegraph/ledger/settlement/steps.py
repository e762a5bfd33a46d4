"""Which step moves money next. It is a question to the bill as it stands: what is owed, what is paid, what is reserved.

So there is no list of states to walk through. A correction, a late entry or a lost answer only changes the bill, and
the next step follows from it. The steps of one bill are numbered; the store and a step's name are its idempotency key
at the provider.
"""

from __future__ import annotations

from storegraph.ledger.books.bill import Bill, Payment
from storegraph.ledger.books.facts import Action, Payer, StepBegun
from storegraph.ledger.policy import Policy

STEP_MARK = "#"
"""Between a bill and the number of its step."""

STORE_MARK = "/"
"""Between a store and its step, for the provider. No store's id holds it."""


def bill_of(step: str) -> str:
    """The bill that a step is of."""
    return step.rpartition(STEP_MARK)[0]


def order_key(store: str, step: str) -> str:
    """The idempotency key of a step at the provider: one account there may be that of many stores."""
    return f"{store}{STORE_MARK}{step}"


def step_of(key: str) -> tuple[str, str]:
    """The store and the step that an idempotency key stands for; no step where it is none of ours."""
    store, _, step = key.partition(STORE_MARK)
    return store, step


def next_step(bill: Bill, policy: Policy, now: int) -> StepBegun | None:
    """What the provider is to be asked next; None where there is nothing to ask.

    Args:
        bill: As it stands.
        policy: How much is reserved.
        now: Event time, nanoseconds since the Unix epoch.
    """
    if bill.open_step is not None or bill.payer is not Payer.CARD:
        return None
    wanted = _for_the_entry(bill, policy) if not bill.over else _for_the_exit(bill, now)
    if wanted is None:
        return None
    action, amount, reference = wanted
    return StepBegun(f"{bill.bill}{STEP_MARK}{len(bill.steps) + 1}", action, amount, reference)


def _for_the_entry(bill: Bill, policy: Policy) -> tuple[Action, int, str] | None:
    asked = any(step.action is Action.AUTHORIZE for step in bill.steps)
    reserve = policy.admission.reserve
    return None if asked or bill.captured or not reserve else (Action.AUTHORIZE, reserve, "")


def _for_the_exit(bill: Bill, now: int) -> tuple[Action, int, str] | None:
    due = bill.owed - bill.paid
    if due > 0 and bill.reserved is not None:
        return _of_the_reserve(bill, bill.reserved, due)
    if due > 0:
        may = not bill.written_off and (not bill.declined or (bill.retry_at is not None and bill.retry_at <= now))
        return (Action.CHARGE, due, "") if may else None
    if due < 0:
        payment = _refundable(bill.payments)
        may = not bill.declined or (bill.retry_at is not None and bill.retry_at <= now)
        if payment is not None and may:
            return Action.REFUND, min(-due, payment.captured - payment.refunded), payment.reference
    if bill.reserved is not None and not bill.waiting:
        return Action.CANCEL, bill.reserved, bill.reservation
    return None


def _of_the_reserve(bill: Bill, reserved: int, due: int) -> tuple[Action, int, str]:
    if due > reserved and not bill.not_raised:
        return Action.ADJUST, due, bill.reservation
    return Action.CAPTURE, min(due, reserved), bill.reservation


def _refundable(payments: tuple[Payment, ...]) -> Payment | None:
    """The newest payment of which something is left."""
    return next((each for each in reversed(payments) if each.captured > each.refunded), None)
