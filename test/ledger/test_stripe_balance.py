"""What Stripe says that it moved is asked for over its API, and compared with closed days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine
from stripe_server import KEY, StripeState, stripe_server

from storegraph.cli import main
from storegraph.ledger.books.facts import Action, Remainder
from storegraph.ledger.errors import PaymentError
from storegraph.ledger.payments.provider import Order
from storegraph.ledger.payments.stripe import Stripe
from storegraph.ledger.retail.closing import Movement, close_days
from storegraph.ledger.retail.stripe_balance import PAGE, read_stripe_balance
from storegraph.ledger.settlement.inputs import Correct
from storegraph.units import NANOSECONDS

STORE_FILE = str(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 9, 21)
"""Of NINE."""


@pytest.fixture
def server() -> Iterator[tuple[str, StripeState]]:
    with stripe_server() as (address, state):
        state.now = NINE // NANOSECONDS
        yield address, state


@pytest.fixture
def state(server: tuple[str, StripeState]) -> StripeState:
    return server[1]


@pytest.fixture
def address(server: tuple[str, StripeState]) -> str:
    return server[0]


def paid(address: str, step: str, amount: int) -> str:
    """A payment of which less is captured than was reserved; gives its name."""
    provider = Stripe(KEY, address)
    asked = {"currency": "EUR", "token": "pm_card_visa", "bill": "1"}
    reference = provider.perform(Order(f"{step}#1", Action.AUTHORIZE, 5000, reference="", **asked)).reference
    assert provider.perform(Order(f"{step}#2", Action.CAPTURE, amount, reference=reference, **asked)).done
    return reference


def asked(address: str, begin: int = NINE - HOUR, end: int = NINE + HOUR) -> tuple[tuple[Movement, ...], int, dict]:
    told = read_stripe_balance(KEY, "corner", "EUR", begin, end, address)
    return told.movements, told.fees, told.others


def test_a_capture_is_all_that_was_reserved_less_what_was_given_free(address: str) -> None:
    payment = paid(address, "corner/1", 579)
    assert asked(address) == ((Movement(payment, -4421), Movement(payment, 5000)), 30, {})


def test_every_page_is_asked_for(address: str, state: StripeState) -> None:
    for number in range(2 * PAGE + 1):
        state.moved("refund_failure", number, {"object": "refund", "id": f"re_{number}", "payment_intent": "pi"})
    movements, _, _ = asked(address)
    assert [each.amount for each in movements] == list(reversed(range(2 * PAGE + 1)))
    assert state.calls == ["GET /v1/balance_transactions"] * 3


def test_what_was_moved_before_or_after_or_in_another_currency_is_not_told(address: str, state: StripeState) -> None:
    paid(address, "corner/1", 579)
    state.moved("charge", 1, {"object": "charge", "id": "ch", "payment_intent": "pi"}, currency="usd")
    stamp = state.now * NANOSECONDS
    assert len(asked(address, stamp, stamp + NANOSECONDS)[0]) == 2
    assert asked(address, stamp + NANOSECONDS, stamp + HOUR) == ((), 0, {})
    assert asked(address, stamp - HOUR, stamp) == ((), 0, {})


def test_payments_of_other_stores_on_the_account_are_left_out_and_those_of_nobody_are_told(
    address: str, state: StripeState
) -> None:
    ours, theirs = paid(address, "corner/1", 579), paid(address, "market/1", 250)
    state.payments["pi_nobody"] = {"object": "payment_intent", "id": "pi_nobody", "metadata": {"step": "7"}}
    state.moved("charge", 900, {"object": "charge", "id": "ch_nobody", "payment_intent": "pi_nobody"})
    state.moved("charge", 800, {"object": "charge", "id": "ch_old"})
    told = {each.reference for each in asked(address)[0]}
    assert told == {ours, "pi_nobody", "ch_old"}
    assert theirs not in told


def test_payouts_and_chargebacks_are_summed_up_apart(address: str, state: StripeState) -> None:
    state.moved("payout", -7000, {"object": "payout", "id": "po_1"})
    state.moved("dispute", -579, {"object": "dispute", "id": "dp_1", "payment_intent": "pi"}, fee=1500)
    assert asked(address) == ((), 1500, {"payout": -7000, "dispute": -579})


def test_a_server_that_stumbles_is_asked_again_and_a_wrong_key_is_told(address: str, state: StripeState) -> None:
    paid(address, "corner/1", 579)
    state.broken = 1
    assert len(asked(address)[0]) == 2
    with pytest.raises(PaymentError, match=r"stripe: .*\(401\)"):
        read_stripe_balance("sk_wrong", "corner", "EUR", NINE, NINE + HOUR, address)


def test_closed_days_are_compared_with_what_stripe_says_by_command(
    engine: Engine, database: str, address: str, state: StripeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = ShopLedger(engine, provider=Stripe(KEY, address))  # type: ignore[arg-type]
    # A step is named after its bill, and this shop gives steps as they are: so the payment is known for the store's.
    shop.enter("corner/1", "pm_card_visa", stamp=NINE)
    shop.leave(receipt("corner/1", line(WATER), line(BREAD, 2), left=NINE + MINUTE))
    shop.tell(Correct(NINE + 2 * MINUTE, "r1", "corner/1/1", 1, Remainder.RETURNED, "max", "stale"))
    close_days(engine, "corner", BERLIN, MONDAY, NINE + 48 * HOUR)

    def run() -> Result:
        command = ["retail", "reconcile", "--books", database, "--store", STORE_FILE, "--first", "2026-09-21"]
        return CliRunner().invoke(main, [*command, "--address", address])

    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    assert (run().exit_code, "STRIPE_API_KEY: is not in the environment" in run().output) == (2, True)
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    told = run()
    assert told.output.splitlines() == ["1 days, 3.29 EUR booked, 0 payments differ", "fees 0.30"]
    refund = next(each for each in state.transactions if each["reporting_category"] == "refund")
    state.transactions.remove(refund)  # the books say that it was given back, and Stripe does not
    told = run()
    assert told.exit_code == 1
    assert "booked 3.29\treported 5.79" in told.output
