"""Random visits, crashes, copies, disorder and failing providers: what the books promise holds all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from shop_ledger import BREAD, HOUR, MINUTE, NINE, PRODUCTS, SAMPLE, WATER, WINE, ShopLedger, cart, line, receipt

from storegraph.ledger.books.database import open_database
from storegraph.ledger.books.facts import Claim, Payer, Remainder
from storegraph.ledger.books.record import entries, folded
from storegraph.ledger.books.verify import stores, verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.payments.sandbox import Fault
from storegraph.ledger.policy import TaxPolicy
from storegraph.ledger.review.deciding import Decision, Moved, told_by
from storegraph.ledger.settlement.inputs import (
    Correct,
    DecideAge,
    Dispute,
    Enter,
    Input,
    Leave,
    NamePayer,
    PayCash,
    Reduce,
    Return,
    Review,
)
from storegraph.store.model import Product

LINES = st.lists(
    st.builds(
        line, st.sampled_from([WATER, BREAD, WINE, SAMPLE]), st.integers(1, 3), st.sampled_from(["", "who: 60%"])
    ),
    max_size=3,
)
TOKENS = st.sampled_from(["", "card1", "card2", "crew-1"])


class ALedger(RuleBasedStateMachine):
    """A morning in a shop. What has happened is kept apart from the books, and compared with them."""

    def __init__(self, fresh_books: Callable[[], str]) -> None:
        super().__init__()
        self.shop = ShopLedger(open_database(fresh_books()))
        self.now = NINE
        self.inside: dict[str, tuple[str, int]] = {}
        self.gone: dict[str, int] = {}
        self.told: list[Input] = []
        self.of_age: set[str] = set()
        self.added = 0
        self.number = 0

    def teardown(self) -> None:
        self.shop.engine.dispose()

    def tell(self, *told: Input) -> None:
        self.told += told
        with suppress(RefusedError):
            self.shop.tell(*told)

    @rule(token=TOKENS, guest=st.booleans())
    def somebody_enters(self, token: str, guest: bool) -> None:
        self.now += MINUTE
        self.number += 1
        visit = f"{self.number}@{self.now}"
        party = f"party of {token}" if token else ""
        self.inside[visit] = (party, self.now)
        self.tell(Enter(self.now, visit, visit, party, token, guest=guest and not token))

    @rule(data=st.data(), lines=LINES)
    def somebody_takes_something(self, data: st.DataObject, lines: list) -> None:
        if self.inside:
            visit = data.draw(st.sampled_from(sorted(self.inside)))
            self.shop.change(cart(visit, *lines, party=self.inside[visit][0], stamp=self.now))

    @rule(data=st.data(), lines=LINES, lost=st.booleans(), fault=st.sampled_from([None, *Fault]))
    def somebody_leaves(self, data: st.DataObject, lines: list, lost: bool, fault: Fault | None) -> None:
        if not self.inside:
            return
        visit = data.draw(st.sampled_from(sorted(self.inside)))
        party, entered = self.inside.pop(visit)
        self.now += MINUTE
        self.gone[visit] = sum(each.count for each in lines)
        if fault:
            self.shop.provider.misbehave(fault)
        doubt = "sensor data was lost" if lost else ""
        self.tell(Leave(receipt(visit, *lines, party=party, entered=entered, left=self.now, doubt=doubt)))

    @rule(token=TOKENS, lines=LINES)
    def somebody_leaves_before_the_entry_is_told(self, token: str, lines: list) -> None:
        self.now += MINUTE
        self.number += 1
        visit = f"{self.number}@{self.now}"
        party = f"party of {token}" if token else ""
        self.gone[visit] = sum(each.count for each in lines)
        self.tell(
            Leave(receipt(visit, *lines, party=party, entered=self.now, left=self.now + 30)),
            Enter(self.now, visit, visit, party, token),
        )

    @rule(data=st.data())
    def something_is_told_again(self, data: st.DataObject) -> None:
        if self.told:
            before = self.money()
            again = data.draw(st.sampled_from(self.told))
            with suppress(RefusedError):
                self.shop.tell(again)
            assert self.money() == before

    @rule(data=st.data(), share=st.integers(0, 3), price=st.none() | st.just(120))
    def somebody_reviews(self, data: st.DataObject, share: int, price: int | None) -> None:
        waiting = [name for bill in self.shop.bills().values() for name, each in bill.charges.items() if each.waiting]
        if waiting:
            name = data.draw(st.sampled_from(sorted(waiting)))
            self.tell(Review(self.now, f"r{len(self.told)}", name, share, "anna", unit_price=price))

    @rule(data=st.data(), count=st.integers(0, 3), remainder=st.sampled_from(Remainder))
    def something_is_corrected(self, data: st.DataObject, count: int, remainder: Remainder) -> None:
        known = [name for bill in self.shop.bills().values() for name in bill.charges]
        if known:
            name = data.draw(st.sampled_from(sorted(known)))
            self.tell(Correct(self.now, f"c{len(self.told)}", name, count, remainder, "anna", "complaint"))

    @rule(data=st.data(), claim=st.sampled_from(Claim), count=st.integers(0, 2))
    def a_line_is_disputed(self, data: st.DataObject, claim: Claim, count: int) -> None:
        if lines := self.lines():
            self.tell(Dispute(self.now, data.draw(st.sampled_from(lines)), claim, count))

    @rule(data=st.data(), count=st.integers(0, 3), wasted=st.booleans())
    def something_comes_back(self, data: st.DataObject, count: int, wasted: bool) -> None:
        bills = {name: bill for name, bill in self.shop.bills().items() if bill.charges}
        if bills:
            bill = bills[data.draw(st.sampled_from(sorted(bills)))]
            items = ((data.draw(st.sampled_from(sorted(bill.charges))), count),) if count else ()
            self.tell(Return(self.now, f"b{len(self.told)}", bill.bill, items, wasted, "anna"))

    @rule(data=st.data(), amount=st.integers(1, 300))
    def a_part_of_a_price_is_given_back(self, data: st.DataObject, amount: int) -> None:
        if lines := self.lines():
            self.tell(Reduce(self.now, f"p{len(self.told)}", data.draw(st.sampled_from(lines)), amount, "anna"))

    @rule(data=st.data(), count=st.integers(0, 2), product=st.sampled_from([WATER, WINE]), lost=st.booleans())
    def a_reviewer_says_who_has_it(self, data: st.DataObject, count: int, product: Product, lost: bool) -> None:
        if not (lines := self.lines()):
            return
        visits = sorted({*self.gone, *self.inside})
        moved = [Moved(data.draw(st.sampled_from(visits)), product.gtin, 1)]
        decision = Decision(f"v{len(self.told)}", data.draw(st.sampled_from(lines)), count, "anna", "", 99, lost, moved)
        before = self.decided()
        with suppress(RefusedError):
            with self.shop.engine.connect().execution_options(reading=True) as connection:
                told = told_by(connection, "corner", decision, PRODUCTS, TaxPolicy(), self.now)
            self.shop.tell(told)
            self.told.append(told)
            self.added += 1
            return
        assert self.decided() == before  # refused for one bill is refused for both

    @rule(data=st.data(), token=TOKENS)
    def somebody_is_named_who_pays(self, data: st.DataObject, token: str) -> None:
        if self.gone:
            visit = data.draw(st.sampled_from(sorted(self.gone)))
            self.tell(NamePayer(self.now, f"n{len(self.told)}", visit, token, "anna"))

    @rule(data=st.data(), approved=st.booleans())
    def an_age_is_decided(self, data: st.DataObject, approved: bool) -> None:
        if self.gone:
            visit = data.draw(st.sampled_from(sorted(self.gone)))
            self.tell(DecideAge(self.now, f"a{len(self.told)}", visit, approved, "anna"))
            if approved:
                self.of_age.add(visit)

    @rule()
    def guests_pay(self) -> None:
        for bill in self.shop.bills().values():
            if bill.payer is Payer.CASH and bill.over and bill.owed != bill.paid:
                self.tell(PayCash(self.now, f"d{len(self.told)}", bill.bill, bill.owed - bill.paid, "anna"))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR
        self.shop.pass_time(self.now)

    @rule()
    def the_shop_is_restarted(self) -> None:
        self.shop.restart()
        self.shop.ask_again()

    @rule(fault=st.sampled_from(Fault))
    def the_provider_misbehaves(self, fault: Fault) -> None:
        self.shop.provider.misbehave(fault)

    def lines(self) -> list[str]:
        return sorted(name for bill in self.shop.bills().values() for name in bill.charges)

    def decided(self) -> dict[str, object]:
        return {name: bill.charges for name, bill in self.shop.bills().items()}

    def money(self) -> list[tuple[int, int, int]]:
        return [(each.reserved, each.captured, each.refunded) for each in self.shop.provider.accounts()]

    @invariant()
    def every_item_that_left_is_in_one_place(self) -> None:
        left: dict[str, int] = {}
        added = 0
        for bill in self.shop.bills().values():
            for each in bill.charges.values():
                parts = (each.charged, each.waiting, each.shrink, each.void, each.returned, each.wasted)
                assert min(parts) >= 0
                assert sum(parts) == each.line.count
                if "/+" in each.line.line:
                    added += each.line.count
                else:
                    left[each.visit] = left.get(each.visit, 0) + each.line.count
        assert left == {visit: count for visit, count in self.gone.items() if count}
        assert added == self.added

    @invariant()
    def the_books_and_the_provider_agree_about_the_money(self) -> None:
        bills = self.shop.bills().values()
        if any(bill.open_step for bill in bills):
            return  # the answer is not known yet
        accounts = self.shop.provider.accounts()
        assert sum(bill.captured for bill in bills) == sum(account.captured for account in accounts)
        assert sum(bill.refunded for bill in bills) == sum(account.refunded for account in accounts)
        assert sum(bill.reserved or 0 for bill in bills) == sum(account.reserved for account in accounts)

    @invariant()
    def nobody_pays_more_than_they_owe_once_all_is_settled(self) -> None:
        for bill in self.shop.bills().values():
            assert bill.paid == bill.captured - bill.refunded + bill.cash >= 0
            if bill.state == "settled":
                assert bill.paid == bill.owed
            if bill.payer in (Payer.CREW, Payer.UNKNOWN):
                assert bill.owed == bill.paid == 0

    @invariant()
    def nobody_buys_wine_without_an_age_check(self) -> None:
        for bill in self.shop.bills().values():
            for each in bill.charges.values():
                assert not (each.line.gtin == WINE.gtin and each.charged) or each.visit in self.of_age

    @invariant()
    def the_same_entries_give_the_same_books(self) -> None:
        if not stores(self.shop.engine):
            return  # nothing has happened yet
        assert verify(self.shop.engine, "corner").problems == ()
        with self.shop.engine.connect().execution_options(reading=True) as connection:
            assert folded(list(entries(connection, "corner"))) == self.shop.bills()


def test_whatever_happens_in_whatever_order_the_books_keep_what_they_promise(fresh_books: Callable[[], str]) -> None:
    run_state_machine_as_test(
        partial(ALedger, fresh_books),
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
