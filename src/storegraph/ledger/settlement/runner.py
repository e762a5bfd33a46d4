"""Takes the steps of bills to the provider, and its answers back to the books.

A step stands in the books before the provider is asked, so a crash at any point leaves a question that is asked again
after the restart: first whether it was carried out, then, if not, to carry it out, under the same idempotency key.
"""

from __future__ import annotations

import heapq
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Condition, Thread
from traceback import format_exc

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.books.bill import Bill, Step
from storegraph.ledger.errors import LedgerError, PaymentError
from storegraph.ledger.payments.provider import Order, Outcome, PaymentProvider, ProviderUnavailableError

from .bookkeeper import Bookkeeper
from .inputs import Answer
from .steps import order_key

LOG = logging.getLogger(__name__)

FIRST_WAIT = 1.0
"""Seconds from a question without answer to the next one; doubled each time."""

LONGEST_WAIT = 300.0
"""Seconds between two questions at most: a provider that is back is noticed within five minutes."""

MOST_DOUBLINGS = 9
"""After which the wait is the longest in any case."""

WORKERS = 8
"""Orders under way at one time. A provider answers in some 300 ms: 8 are 25 a second, more than a store's exits."""

Clock = Callable[[], int]
"""Event time now, nanoseconds since the Unix epoch."""


@dataclass(frozen=True, slots=True, order=True)
class _Question:
    """What the provider is to be asked: when, by the machine's clock, and about what."""

    due: float
    number: int
    bill: Bill = field(compare=False)
    step: Step = field(compare=False)
    tries: int = field(compare=False)


class Runner:
    """Asks the provider what is open, until it has answered.

    Args:
        bookkeeper: Of the store.
        provider: Who moves the money.
        currency: Of the store, ISO 4217.
        clock: Event time; answers are stamped with it.
        workers: Orders under way at one time.

    Attributes:
        unanswered: How often in a row the provider has not answered.
        problem: What the provider found wrong that asking again will not mend; empty where nothing is.
    """

    def __init__(
        self,
        bookkeeper: Bookkeeper,
        provider: PaymentProvider,
        currency: str,
        clock: Clock,
        workers: int = WORKERS,
    ) -> None:
        self.unanswered = 0
        self.problem = ""
        self._bookkeeper = bookkeeper
        self._provider = provider
        self._currency = currency
        self._clock = clock
        self._waiting: list[_Question] = []
        self._number = count()
        self._asking: set[str] = set()
        self._changed = Condition()
        self._closing = False
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="payments")
        self._thread = Thread(target=self._work, name="payments", daemon=True)

    def start(self) -> None:
        """Asks about what was open when the books were closed, in the order in which it was begun; then what comes."""
        self._bookkeeper.on_begun(self._begun)
        self.pick_up()
        self._thread.start()

    def pick_up(self) -> None:
        """Asks about what is open and was begun by another process, or before the books were closed."""
        for bill, step in self._bookkeeper.open_steps():
            if step.step not in self._asking:
                self._put(bill, step, tries=1)

    def stop(self) -> None:
        """Ends, after the orders that are under way; what is open is asked about after the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._pool.shutdown()

    def ask_again(self) -> None:
        """Asks at once about everything that waits: the provider is known to be back."""
        with self._changed:
            self._waiting = [replace(question, due=0.0) for question in self._waiting]
            heapq.heapify(self._waiting)
            self._changed.notify()

    def _begun(self, steps: Sequence[tuple[Bill, Step]]) -> None:
        for bill, step in steps:
            self._put(bill, step, tries=0)

    def _put(self, bill: Bill, step: Step, tries: int, wait: float = 0.0) -> None:
        with self._changed:
            question = _Question(time.monotonic() + wait, next(self._number), bill, step, tries)
            self._asking.add(step.step)
            heapq.heappush(self._waiting, question)
            self._changed.notify()

    def _work(self) -> None:
        while (question := self._next()) is not None:
            self._pool.submit(self._ask, question.bill, question.step, question.tries)

    def _next(self) -> _Question | None:
        """The next question, when its time has come; None when it is over."""
        with self._changed:
            while not self._closing:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0.0:
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait)
        return None

    def _ask(self, bill: Bill, step: Step, tries: int) -> None:
        try:
            outcome = self._outcome(self._order(bill, step), asked_before=tries > 0)
        except ProviderUnavailableError as error:
            self.unanswered += 1
            LOG.warning("%s: %s", step.step, error)
            self._put(bill, step, tries + 1, min(FIRST_WAIT * 2.0 ** min(tries, MOST_DOUBLINGS), LONGEST_WAIT))
        except PaymentError as error:
            self.problem = f"{step.step}: {error}"
            LOG.error("%s", self.problem)
            self._put(bill, step, tries + 1, LONGEST_WAIT)
        except Exception:  # a pool would swallow it, and the step would never be asked about again
            self.problem = f"{step.step}: {format_exc(limit=-1)}"
            LOG.exception("%s", step.step)
            self._put(bill, step, tries + 1, LONGEST_WAIT)
        else:
            self.unanswered = 0
            self.answer(step.step, outcome)

    def answer(self, step: str, outcome: Outcome) -> None:
        """Takes an answer to the books; also one that came by another way, such as a webhook."""
        reason = "not to be repeated" if looks_like_card_number(outcome.reason) else outcome.reason
        told = self._bookkeeper.tell(Answer(self._clock(), step, outcome.done, outcome.reference, reason))
        told.add_done_callback(lambda future: self._told(step, future.exception()))

    def _told(self, step: str, error: BaseException | None) -> None:
        self._asking.discard(step)
        if isinstance(error, LedgerError):
            self.problem = str(error)
            LOG.error("%s", self.problem)

    def _order(self, bill: Bill, step: Step) -> Order:
        token = self._bookkeeper.token(bill.card) if not step.reference else ""
        key = order_key(self._bookkeeper.store, step.step)
        return Order(key, step.action, step.amount, self._currency, token, step.reference, bill.bill)

    def _outcome(self, order: Order, *, asked_before: bool) -> Outcome:
        found = self._provider.find(order) if asked_before else None
        if found is not None:
            return found
        if not order.reference and not order.token:
            return Outcome(False, "", "the card was erased")
        return self._provider.perform(order)
