"""Writes what inputs mean into the books: all of a group in one transaction, or nothing.

The row of the store in `head` is locked first, so that at one time one process writes to a store's chain; what others
have written since is noticed by its position, and read again. Decisions therefore never meet a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from storegraph.ledger.books.bill import Bill, Step
from storegraph.ledger.books.facts import Fact, StepBegun
from storegraph.ledger.books.page import Books, Page
from storegraph.ledger.errors import LedgerError, RefusedError
from storegraph.ledger.policy import Policy
from storegraph.store.model import Product

from .cards import decide_card, holder_of
from .decisions import decide, key_of
from .inputs import (
    AskEntry,
    ChangeCart,
    Enter,
    Holder,
    Input,
    Leave,
    OfBill,
    OfCard,
    Together,
    parts_of,
    refuse_card_numbers,
)
from .memory import Memory
from .naming import Names, names_of


@dataclass(frozen=True, slots=True)
class Written:
    """What an input led to.

    Attributes:
        bill: As it stands now.
        facts: Written for it; none where it was told before or changes nothing.
        beside: What the other parts of several inputs that hold together led to.
    """

    bill: Bill
    facts: tuple[Fact, ...]
    beside: tuple[Written, ...] = ()


class Writer:
    """Writes for one store.

    Args:
        engine: From `open_database`.
        store: Store id.
        policy: Of the shop.
        products: The catalogue, by GTIN.
    """

    def __init__(self, engine: Engine, store: str, policy: Policy, products: Mapping[str, Product]) -> None:
        self._engine = engine
        self._store = store
        self._policy = policy
        self._products = products
        self._books = Books(store, engine.dialect)
        self._memory = Memory(store)

    def write(self, group: Sequence[Input]) -> list[Written | LedgerError]:
        """Writes what a group of inputs means, durably, in their order.

        Returns:
            For each input what it led to, or why it was refused; a refused one does not touch the others.

        Raises:
            SQLAlchemyError: The database failed. Nothing was written, or it is not known whether it was; writing the
                same group again is safe, for its keys are known then.
        """
        parts = [part for told in group for part in parts_of(told)]
        judged = [part.token for part in parts if isinstance(part, AskEntry | OfCard)]
        try:
            with self._engine.begin() as connection:
                page = self._books.open(connection)
                self._memory.begin(page.chain.position)
                self._memory.fetch(connection, [names_of(part) for part in parts])
                self._memory.fetch_judged(connection, judged)
                results = [self._result(told, page) for told in group]
                self._books.write(connection, page)
                self._memory.position = page.chain.position
        except BaseException:
            self._memory.forget()
            raise
        return results

    def _result(self, told: Input, page: Page) -> Written | LedgerError:
        try:
            for part in parts_of(told):
                refuse_card_numbers(part)
            if isinstance(told, OfCard):
                return Written(*decide_card(told, self._memory, page))
            return self._decided(told, page)
        except LedgerError as error:
            return error

    def _decided(self, told: OfBill | Together, page: Page) -> Written:
        """Decides all parts on the bills as they would stand; they are written when none of them is refused."""
        parts = [self._addressed(part, page) for part in parts_of(told) if not isinstance(part, OfCard)]
        bills: dict[str, Bill] = {}
        results: list[Written] = []
        for number, (part, name, holder) in enumerate(parts):
            bill = bills.get(name) or self._memory.bills.get(name) or Bill(name)
            last = all(later != name for _, later, _ in parts[number + 1 :])
            facts, bills[name] = decide(bill, part, holder, self._policy, self._products, follow=last)
            results.append(Written(bills[name], facts))
        for (part, _, _), result in zip(parts, results, strict=True):
            self._take(part, result, page)
        return replace(results[0], beside=tuple(results[1:])) if len(results) > 1 else results[0]

    def _addressed(self, part: OfBill, page: Page) -> tuple[OfBill, str, Holder]:
        """An input, the bill that it is about, and whose token it came with."""
        names = names_of(part)
        holder = holder_of(names.token, part.stamp, self._policy.admission.crew, self._memory, page)
        return part, self._bill_for(part, names, holder), holder

    def _take(self, part: OfBill, result: Written, page: Page) -> None:
        bill = result.bill
        if result.facts:
            page.change(self._memory.bills.get(bill.bill), bill)
            self._memory.take(bill)
            first = bill.sequence - len(result.facts) + 1
            for number, fact in enumerate(result.facts):
                page.add(bill.bill, first + number, key_of(part.key, number), part.stamp, fact)

    def _bill_for(self, told: OfBill, names: Names, holder: Holder) -> str:
        """The bill that an input is about; the name of a new one where it begins one.

        Raises:
            RefusedError: It is about one that is not known.
        """
        known = self._memory.bills.get(names.bill or self._memory.bill_of_visit.get(names.visit, ""))
        if known is not None:
            if isinstance(told, AskEntry) and known.card != holder.card:
                raise RefusedError(f"request {told.request}: was made before with another card")
            return known.bill
        match told:
            case AskEntry():
                return self._joined(told.stamp, holder, "", told.key)
            case Enter():
                return self._joined(told.stamp, holder, told.party, told.visit)
            case ChangeCart(cart=cart):
                return self._joined(cart.stamp, holder, cart.party, cart.visit_id)
            case Leave(receipt=receipt):
                return self._joined(receipt.entered, holder, receipt.party, receipt.visit_id)
            case _:
                raise RefusedError(f"{names.bill or names.visit}: is not known in the books of {self._store}")

    def _joined(self, entered: int, holder: Holder, party: str, otherwise: str) -> str:
        """The bill of the card or party that somebody who entered at a moment shares; else the name of a new one."""
        for bill in (self._memory.newest("card", holder.card), self._memory.newest("party", party)):
            if bill is not None and bill.takes_in(entered):
                return bill.bill
        return otherwise


def begun(results: Iterable[Written | LedgerError]) -> list[tuple[Bill, Step]]:
    """The steps that a provider has to be asked now."""
    return [
        (part.bill, part.bill.open_step)
        for each in results
        if isinstance(each, Written)
        for part in (each, *each.beside)
        if part.bill.open_step and any(isinstance(fact, StepBegun) for fact in part.facts)
    ]
