"""Who may come in: what a gate is told, and when."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from shop_ledger import BREAD, HOUR, NINE, PRODUCTS, ShopLedger, line, receipt
from sqlalchemy import Engine

from storegraph.ledger.payments.sandbox import Fault, Sandbox
from storegraph.ledger.policy import Policy
from storegraph.ledger.settlement.admission import Admission, Doorkeeper
from storegraph.ledger.settlement.bookkeeper import Bookkeeper
from storegraph.ledger.settlement.inputs import AskEntry, SetStanding, Standing
from storegraph.ledger.settlement.opening import Opened, Opening
from storegraph.ledger.settlement.runner import Runner
from storegraph.ledger.settlement.writer import Writer

PATIENCE = 30.0
PATIENT = Policy()


class Door:
    """A doorkeeper, and all that he needs: books, and a provider."""

    def __init__(self, engine: Engine, policy: Policy = PATIENT) -> None:
        self.provider = Sandbox()
        self.opened = Opened()
        self.bookkeeper = Bookkeeper(engine, "corner", Writer(engine, "corner", policy, PRODUCTS))
        self._runner = Runner(self.bookkeeper, self.provider, "EUR", lambda: NINE)
        self._runner.start()
        self.keeper = Doorkeeper(self.bookkeeper, policy.admission, lambda: self.opened)

    def ask(self, token: str, request: str = "r", stamp: int = NINE) -> Admission:
        """Asks as a gate does: again and again."""
        asked = AskEntry(stamp, request, "front", token)
        until = time.monotonic() + PATIENCE
        while (told := self.keeper.ask(asked)) is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        return told

    def close(self) -> None:
        self.keeper.close()
        self._runner.stop()
        self.bookkeeper.close()


@pytest.fixture
def doors(engine: Engine) -> Iterator[Callable[..., Door]]:
    made: list[Door] = []

    def make(policy: Policy = PATIENT) -> Door:
        made.append(Door(engine, policy))
        return made[-1]

    yield make
    for door in made:
        door.close()


def test_who_has_a_good_card_comes_in_and_money_is_reserved(doors: Callable[..., Door]) -> None:
    door = doors()
    told = door.ask("tok_a")
    assert (told.allowed, told.reason) == (True, "")
    bill = door.bookkeeper.bill(told.bill)
    assert bill is not None and bill.reserved == PATIENT.admission.reserve


def test_a_gate_that_asks_again_gets_the_same_answer_and_nothing_is_reserved_twice(doors: Callable[..., Door]) -> None:
    door = doors()
    first = door.ask("tok_a")
    assert door.ask("tok_a") == first
    again = doors()  # the node was started anew meanwhile
    assert again.ask("tok_a") == first
    bill = door.bookkeeper.bill(first.bill)
    assert bill is not None and len(bill.steps) == 1


def test_a_blocked_card_is_denied(doors: Callable[..., Door]) -> None:
    door = doors()
    door.bookkeeper.tell(SetStanding(NINE, "s", "tok_a", Standing.BLOCKED, "anna")).result(PATIENCE)
    told = door.ask("tok_a")
    assert (told.allowed, told.reason) == (False, "the card is blocked")


def test_a_card_that_owes_from_before_is_denied(engine: Engine, doors: Callable[..., Door]) -> None:
    shop = ShopLedger(engine)
    shop.provider.misbehave(*[Fault.DECLINE] * 5)  # the reservation, and four charges
    shop.enter("1", "tok_a")
    shop.leave(receipt("1", line(BREAD)))
    shop.pass_time(NINE + 2000 * HOUR)
    assert shop.bill_of("1").state == "bad debt"
    told = doors().ask("tok_a", stamp=NINE + 2001 * HOUR)
    assert (told.allowed, told.reason) == (False, "250 are owed from before")


def test_a_card_that_the_provider_declines_is_denied(doors: Callable[..., Door]) -> None:
    told = doors().ask("tok_declined")
    assert not told.allowed
    assert told.reason.startswith("declined: ")


@pytest.mark.parametrize(("policy", "allowed"), [("admit", True), ("deny", False)])
def test_when_the_provider_is_down_the_policy_decides(doors: Callable[..., Door], policy: str, allowed: bool) -> None:
    admission = {"answer_within": 0.1, "when_unanswered": policy}
    door = doors(Policy.model_validate({"admission": admission}))
    door.provider.misbehave(*[Fault.LOST] * 10)
    told = door.ask("tok_a")
    assert (told.allowed, told.reason) == (allowed, "the provider does not answer")


def test_a_closed_store_lets_nobody_in_and_reserves_nothing(doors: Callable[..., Door]) -> None:
    door = doors()
    door.opened = Opened(Opening.CLOSED, NINE, "anna")
    for token in ("tok_a", "crew-1"):
        assert door.ask(token, token) == Admission(False, "the store is closed", "")
    door.opened = Opened(Opening.OPEN, NINE + HOUR, "anna")
    assert door.ask("tok_a", "later").allowed


def test_in_crew_mode_only_staff_comes_in_whether_by_token_or_by_standing(doors: Callable[..., Door]) -> None:
    door = doors()
    door.bookkeeper.tell(SetStanding(NINE, "s", "tok_b", Standing.CREW, "anna")).result(PATIENCE)
    door.opened = Opened(Opening.CREW, NINE, "anna")
    assert door.ask("tok_a", "1") == Admission(False, "only staff may enter now", "")
    assert door.ask("crew-1", "2").allowed
    assert door.ask("tok_b", "3").allowed


def test_what_looks_like_a_card_number_is_denied(doors: Callable[..., Door]) -> None:
    told = doors().ask("4242424242424242")
    assert not told.allowed
    assert "looks like a card number" in told.reason
    assert "4242" not in told.reason
