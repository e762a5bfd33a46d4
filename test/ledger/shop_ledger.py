"""A shop's ledger for tests: tells the books what happens, and carries out what they ask, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, select, update

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import Settled
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import ENTRY
from storegraph.ledger.payments.provider import Order, ProviderUnavailableError
from storegraph.ledger.payments.sandbox import Sandbox
from storegraph.ledger.policy import Policy
from storegraph.ledger.settlement.inputs import Answer, ChangeCart, Enter, Input, Leave, TimePassed
from storegraph.ledger.settlement.writer import Writer, Written, begun
from storegraph.observations import Cart, CartLine, Receipt
from storegraph.store.model import Product
from storegraph.units import NANOSECONDS

WATER = Product(gtin="9520000100100", name="Water", price=79)
BREAD = Product(gtin="9520000100117", name="Bread", price=250, tax_class="reduced")
WINE = Product(gtin="9520000100124", name="Wine", price=599, age_limit=18)
SAMPLE = Product(gtin="2000000000008", name="Sample")
PRODUCTS = {product.gtin: product for product in (WATER, BREAD, WINE, SAMPLE)}

NINE = 1_790_000_000 * NANOSECONDS
"""A morning."""
MINUTE = 60 * NANOSECONDS
HOUR = 60 * MINUTE


def line(product: Product, count: int = 1, doubt: str = "") -> CartLine:
    """A line of a cart or receipt."""
    return CartLine(product.gtin, product.name, count, product.price, 0.6 if doubt else 0.99, doubt)


def receipt(
    visit: str, *lines: CartLine, party: str = "", entered: int = NINE, left: int = NINE + 10 * MINUTE, doubt: str = ""
) -> Receipt:
    """What the stage gives when somebody has left."""
    return Receipt(left + 3 * NANOSECONDS, visit, visit, party, "front", entered, left, False, lines, "EUR", doubt)


def cart(visit: str, *lines: CartLine, party: str = "", stamp: int = NINE + MINUTE) -> Cart:
    """What the stage gives when something was taken or put back."""
    return Cart(stamp, visit, visit, party, lines, "EUR")


@dataclass
class ShopLedger:
    """Writes, asks the provider what the books want asked, and writes what it answers.

    Attributes:
        engine: The books.
        provider: Asked at once; what it does not answer stays open until `ask_again`.
        now: Event time; answers come then.
    """

    engine: Engine
    provider: Sandbox = field(default_factory=Sandbox)
    policy: Policy = field(default_factory=Policy)
    store: str = "corner"
    now: int = NINE

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new process: nothing is known but what is on the disk."""
        self.writer = Writer(self.engine, self.store, self.policy, PRODUCTS)

    def tell(self, *told: Input) -> list[Written]:
        """Writes some inputs together, and carries out what follows.

        Raises:
            LedgerError: One of them was refused; the others are written.
        """
        self.now = max(self.now, *(each.stamp for each in told))
        results = self.writer.write(told)
        self._ask(begun(results), asked_before=False)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return [result for result in results if isinstance(result, Written)]

    def enter(self, visit: str, token: str = "", *, party: str = "", stamp: int = NINE, guest: bool = False) -> Bill:
        self.tell(Enter(stamp, visit, visit, party, token, guest=guest))
        return self.bill_of(visit)

    def change(self, changed: Cart) -> Bill:
        self.tell(ChangeCart(changed))
        return self.bill_of(changed.visit_id)

    def leave(self, left: Receipt) -> Bill:
        self.tell(Leave(left))
        return self.bill_of(left.visit_id)

    def pass_time(self, to: int) -> None:
        """Event time goes on to a moment, and what is due is decided."""
        while late := [(bill.due, name) for name, bill in self.bills().items() if bill.due and bill.due <= to]:
            self.tell(TimePassed(*min(late)))
        self.now = max(self.now, to)

    def ask_again(self) -> None:
        """Asks the provider what it has not answered, as a runner does: first whether it was done."""
        open_steps = [(bill, bill.open_step) for bill in self.bills().values() if bill.open_step]
        self._ask(sorted(open_steps, key=lambda each: each[1].begun), asked_before=True)

    def bills(self) -> dict[str, Bill]:
        """Every bill as it stands on the disk."""
        from storegraph.ledger.books.record import bill_names

        with self.engine.connect().execution_options(reading=True) as connection:
            return {
                name: bill
                for page in list(bill_names(connection, self.store))
                for name, bill in bills(connection, self.store, page).items()
            }

    def bill_of(self, visit: str) -> Bill:
        """The bill that a visit is on."""
        return next(bill for bill in self.bills().values() if visit in bill.visits)

    def _ask(self, steps: list, *, asked_before: bool) -> None:
        while steps:
            answers = []
            for bill, step in steps:
                order = Order(step.step, step.action, step.amount, "EUR", f"tok_{bill.card}", step.reference, bill.bill)
                try:
                    outcome = (self.provider.find(order) if asked_before else None) or self.provider.perform(order)
                except ProviderUnavailableError:
                    continue
                answers.append(Answer(self.now, step.step, outcome.done, outcome.reference, outcome.reason))
            results = self.writer.write(answers) if answers else []
            steps, asked_before = begun(results), False


@contextmanager
def unreadable_settlement(engine: Engine) -> Iterator[None]:
    """What the books say of the one visit that is settled cannot be read for a while."""
    settled = ENTRY.c.kind == Settled.KIND
    with engine.begin() as connection:
        body = connection.execute(select(ENTRY.c.body).where(settled)).scalar_one()
        connection.execute(update(ENTRY).where(settled).values(body="{"))
    yield
    with engine.begin() as connection:
        connection.execute(update(ENTRY).where(settled).values(body=body))
