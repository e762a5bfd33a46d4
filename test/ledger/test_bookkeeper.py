"""What is told from many threads is written together, and steps find their way to the provider and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_ledger import HOUR, NINE, PRODUCTS, WATER, line, receipt
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import BooksError, RefusedError
from storegraph.ledger.payments.sandbox import Fault, Sandbox
from storegraph.ledger.policy import AdmissionPolicy, Policy
from storegraph.ledger.settlement.admission import admit
from storegraph.ledger.settlement.bookkeeper import Bookkeeper
from storegraph.ledger.settlement.inputs import AskEntry, Enter, Leave, SetStanding, Standing
from storegraph.ledger.settlement.runner import Runner
from storegraph.ledger.settlement.writer import Writer

PATIENCE = 60.0


@pytest.fixture
def bookkeeper(engine: Engine) -> Iterator[Bookkeeper]:
    with Bookkeeper(engine, "corner", Writer(engine, "corner", Policy(), PRODUCTS)) as bookkeeper:
        yield bookkeeper


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def runner(bookkeeper: Bookkeeper, sandbox: Sandbox) -> Iterator[Runner]:
    runner = Runner(bookkeeper, sandbox, "EUR", lambda: NINE)
    runner.start()
    yield runner
    runner.stop()


def settled(bookkeeper: Bookkeeper, visit: str) -> int:
    return bookkeeper.when(visit, lambda bill: bill.state == "settled").result(PATIENCE).captured


def test_visits_told_from_many_threads_are_all_settled_once(
    bookkeeper: Bookkeeper, runner: Runner, sandbox: Sandbox, engine: Engine
) -> None:
    def shop(thread: int) -> None:
        for number in range(5):
            visit = f"{thread}.{number}"
            bookkeeper.tell(Enter(NINE, visit, visit, f"p{visit}", f"card{visit}"))
            bookkeeper.tell(Leave(receipt(visit, line(WATER), party=f"p{visit}")))

    threads = [threading.Thread(target=shop, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [settled(bookkeeper, f"{thread}.{number}") for thread in range(4) for number in range(5)] == [79] * 20
    assert [account.captured for account in sandbox.accounts() if account.captured] == [79] * 20
    assert verify(engine, "corner").problems == ()


def test_what_comes_while_a_group_is_written_is_written_together(bookkeeper: Bookkeeper, engine: Engine) -> None:
    commits, go_on = [], threading.Event()

    @event.listens_for(engine, "commit")
    def committing(_: object) -> None:
        commits.append(1)
        go_on.wait(PATIENCE)

    first = bookkeeper.tell(Enter(NINE, "0", "0", ""))
    while not commits:
        pass
    others = [bookkeeper.tell(Enter(NINE, str(number), str(number), "")) for number in range(1, 40)]
    go_on.set()
    assert {future.result(PATIENCE).bill.state for future in (first, *others)} == {"open"}
    assert len(commits) == 2


def test_a_refused_input_does_not_touch_the_others_of_its_group(engine: Engine) -> None:
    writer = Writer(engine, "corner", Policy(), PRODUCTS)
    left = Leave(receipt("1", line(WATER)))
    other = Leave(receipt("1", line(WATER, 2)))
    results = writer.write([left, other, Enter(NINE, "2", "2", "")])
    assert [isinstance(result, RefusedError) for result in results] == [False, True, False]
    assert verify(engine, "corner").problems == ()


def test_what_is_told_while_the_database_is_gone_is_written_when_it_is_back(
    bookkeeper: Bookkeeper, engine: Engine
) -> None:
    gone = threading.Event()
    gone.set()

    @event.listens_for(engine, "begin")
    def begun(_: object) -> None:
        if gone.is_set():
            gone.clear()
            raise OperationalError("BEGIN", {}, Exception("the server closed the connection"))

    assert bookkeeper.tell(Enter(NINE, "1", "1", "")).result(PATIENCE).bill.state == "open"
    assert bookkeeper.problem == ""


def test_what_the_database_cannot_hold_does_not_keep_the_rest_waiting(bookkeeper: Bookkeeper, engine: Engine) -> None:
    with_nul = bookkeeper.tell(Enter(NINE, "1\0", "1", ""))  # PostgreSQL's texts have no such character
    after = bookkeeper.tell(Enter(NINE, "2", "2", ""))
    assert after.result(PATIENCE).bill.state == "open"
    assert (with_nul.exception(PATIENCE) is None) == (engine.dialect.name == "sqlite")
    assert verify(engine, "corner").problems == ()


def test_a_closed_bookkeeper_takes_nothing(engine: Engine) -> None:
    bookkeeper = Bookkeeper(engine, "corner", Writer(engine, "corner", Policy(), PRODUCTS))
    bookkeeper.close()
    with pytest.raises(BooksError, match="are closed"):
        bookkeeper.tell(Enter(NINE, "1", "1", ""))


def test_a_step_that_another_process_began_is_picked_up(
    bookkeeper: Bookkeeper, runner: Runner, sandbox: Sandbox, engine: Engine
) -> None:
    Writer(engine, "corner", Policy(), PRODUCTS).write([Enter(NINE, "1", "1", "", "card")])
    runner.pick_up()
    assert bookkeeper.when("1", lambda bill: bill.reserved is not None).result(PATIENCE).reserved == 5000


def test_a_provider_that_is_back_is_asked_again(bookkeeper: Bookkeeper, runner: Runner, sandbox: Sandbox) -> None:
    sandbox.misbehave(Fault.UNANSWERED, Fault.LOST)
    bookkeeper.tell(Enter(NINE, "1", "1", "", "card"))
    bookkeeper.tell(Leave(receipt("1", line(WATER))))
    assert settled(bookkeeper, "1") == 79
    assert [account.captured for account in sandbox.accounts()] == [79]


def ask(request: str = "1", stamp: int = NINE) -> AskEntry:
    return AskEntry(stamp, request, "front", "card")


def test_a_gate_opens_when_the_amount_is_reserved_and_asking_again_changes_nothing(
    bookkeeper: Bookkeeper, runner: Runner, sandbox: Sandbox
) -> None:
    for _ in range(2):
        admission = admit(bookkeeper, AdmissionPolicy(), ask())
        assert (admission.allowed, admission.reason) == (True, "")
    bill = bookkeeper.tell(Enter(NINE, "1@1", "1", "p", "card")).result(PATIENCE).bill
    assert (bill.bill, len(sandbox.accounts())) == (admission.bill, 1)
    assert admit(bookkeeper, AdmissionPolicy(), ask("2")).bill == admission.bill  # a second one of the party


def test_a_gate_stays_shut_for_a_declined_card(bookkeeper: Bookkeeper, runner: Runner, sandbox: Sandbox) -> None:
    sandbox.misbehave(Fault.DECLINE)
    admission = admit(bookkeeper, AdmissionPolicy(), ask())
    assert (admission.allowed, admission.reason) == (False, "declined: card_declined")


def test_a_gate_stays_shut_for_a_blocked_card(bookkeeper: Bookkeeper) -> None:
    bookkeeper.tell(SetStanding(NINE, "s", "card", Standing.BLOCKED, "anna", "stole")).result(PATIENCE)
    admission = admit(bookkeeper, AdmissionPolicy(), ask())
    assert (admission.allowed, admission.reason) == (False, "the card is blocked")


def test_a_gate_stays_shut_for_who_owes_from_before(engine: Engine, sandbox: Sandbox) -> None:
    policy = Policy.model_validate({"collection": {"retry_after": ()}})
    with Bookkeeper(engine, "corner", Writer(engine, "corner", policy, PRODUCTS)) as bookkeeper:
        runner = Runner(bookkeeper, sandbox, "EUR", lambda: NINE)
        runner.start()
        sandbox.misbehave(*[Fault.DECLINE] * 2)  # the reserve, and the charge
        bookkeeper.tell(Enter(NINE, "1", "1", "", "card")).result(PATIENCE)
        bookkeeper.tell(Leave(receipt("1", line(WATER))))
        bookkeeper.when("1", lambda bill: bill.state == "bad debt").result(PATIENCE)
        admission = admit(bookkeeper, policy.admission, ask(stamp=NINE + HOUR))
        assert (admission.allowed, admission.reason) == (False, "79 are owed from before")
        runner.stop()


@pytest.mark.parametrize("policy", ["admit", "deny"])
def test_a_gate_does_as_the_policy_says_when_the_provider_is_down(bookkeeper: Bookkeeper, policy: str) -> None:
    bookkeeper.tell(ask()).result(PATIENCE)  # the books are not what a gate waits for here
    down = AdmissionPolicy(answer_within=0.05, when_unanswered=policy)
    admission = admit(bookkeeper, down, ask())  # nobody asks the provider
    assert (admission.allowed, admission.reason) == (policy == "admit", "the provider does not answer")


def test_an_admission_that_nobody_uses_is_given_back(bookkeeper: Bookkeeper, runner: Runner, sandbox: Sandbox) -> None:
    admission = admit(bookkeeper, AdmissionPolicy(), ask())
    for future in bookkeeper.advance(NINE + 300 * 10**9):
        future.result(PATIENCE)
    bookkeeper.when(admission.bill, lambda bill: bill.reserved is None).result(PATIENCE)
    assert [account.reserved for account in sandbox.accounts()] == [0]


def test_the_sandbox_keeps_its_account_in_a_file(tmp_path: Path) -> None:
    from storegraph.ledger.books.facts import Action
    from storegraph.ledger.payments.provider import Order

    order = Order("1#1", Action.CHARGE, 79, "EUR", "card", "", "1")
    first = Sandbox(tmp_path / "sandbox.sqlite")
    outcome = first.perform(order)
    first.close()
    again = Sandbox(tmp_path / "sandbox.sqlite")
    assert (again.find(order), again.perform(order), len(again.accounts())) == (outcome, outcome, 1)


def test_stores_of_a_chain_that_share_a_provider_are_paid_each(engine: Engine, sandbox: Sandbox) -> None:
    for store in ("corner", "market"):  # whose gates number their requests alike
        with Bookkeeper(engine, store, Writer(engine, store, Policy(), PRODUCTS)) as bookkeeper:
            runner = Runner(bookkeeper, sandbox, "EUR", lambda: NINE)
            runner.start()
            bookkeeper.tell(Enter(NINE, "1", "1", "p", "card"))
            bookkeeper.tell(Leave(receipt("1", line(WATER), party="p")))
            assert settled(bookkeeper, "1") == WATER.price
            runner.stop()
    assert [account.captured for account in sandbox.accounts()] == [WATER.price] * 2
