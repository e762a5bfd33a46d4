"""What is kept about people is kept as long as the table says, and no card number ever is."""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from click.testing import CliRunner
from shop_ledger import HOUR, NINE, WATER, ShopLedger, cart, line, receipt
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

import storegraph.ledger
from storegraph.cli import main
from storegraph.graph.bag import BagWriter
from storegraph.graph.topics import GATE_EVENTS
from storegraph.ledger.books.facts import Claim, Line, Remainder
from storegraph.ledger.books.retention import ABOUT_NOBODY, DAY, KEPT, enforce, exported, forget_erased
from storegraph.ledger.books.schema import CARD, ENTRY, METADATA
from storegraph.ledger.books.verify import rebuild, verify
from storegraph.ledger.errors import BooksError, RefusedError
from storegraph.ledger.keeper import Keeper
from storegraph.ledger.policy import Policy, RetentionPolicy
from storegraph.ledger.receipts.kiosk import Kiosk
from storegraph.ledger.receipts.links import signed
from storegraph.ledger.receipts.lookup import Lookup
from storegraph.ledger.receipts.mail import MailError
from storegraph.ledger.receipts.postman import Postman
from storegraph.ledger.receipts.schema import ADDRESS, LAST_FOUR, MAIL, REMEMBERED_ADDRESS
from storegraph.ledger.receipts.settings import ReceiptSettings
from storegraph.ledger.retail.access import May, give_token
from storegraph.ledger.retail.api import application
from storegraph.ledger.review.pages import DisputePages
from storegraph.ledger.settings import BooksSettings
from storegraph.ledger.settlement.inputs import (
    FROM_OUTSIDE,
    AddLine,
    Answer,
    AskEntry,
    Collect,
    Correct,
    DecideAge,
    Dispute,
    Enter,
    EraseCard,
    GiveUpEntry,
    GiveUpVisit,
    JudgeEvent,
    NamePayer,
    PayCash,
    Reduce,
    Return,
    Review,
    SetStanding,
    Standing,
)
from storegraph.ledger.settlement.opening import Opened, Opening, opening_of, set_opening
from storegraph.ledger.settlement.teller import Teller
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.gates.model import RecordedGate
from storegraph.sensors.gates.recorded import RecordedDriver
from storegraph.store.file import load_store

PAN = "4242424242424242"
"""A card number for tests, of no card."""

ANNA = "anna@example.org"
ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")


class Basket:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def send(self, mail: EmailMessage) -> None:
        self.mails.append(mail)


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    shop = ShopLedger(engine)
    shop.enter("1", "tok_a", party="p")
    shop.change(cart("1", line(WATER), party="p"))
    shop.leave(receipt("1", line(WATER), party="p"))
    return shop


def everything(engine: Engine) -> str:
    """All that the database holds, as text."""
    with engine.connect() as connection:
        return "\n".join(str(row) for table in METADATA.sorted_tables for row in connection.execute(select(table)))


def logged_by_us(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged, but for what the asking side says it asks."""
    return "\n".join(each.getMessage() for each in caplog.records if each.name != "httpx")


TOLD = (
    AskEntry(NINE, "r", "front", "token"),
    GiveUpEntry(NINE, "1", "reason"),
    GiveUpVisit(NINE, "1", "EUR", "reason"),
    Enter(NINE, "9", "9", "", "token"),
    DecideAge(NINE, "r", "1", True, "by"),
    Review(NINE, "r", "1/0", 1, "by", "reason"),
    Correct(NINE, "r", "1/0", 0, Remainder.RETURNED, "by", "reason"),
    NamePayer(NINE, "r", "1", "token", "by"),
    Dispute(NINE, "1/0", Claim.FAULTY),
    Return(NINE, "r", "1", (), False, "by", "reason"),
    Reduce(NINE, "r", "1/0", 1, "by", "reason"),
    AddLine(NINE, "r", "1", Line("", "", "", 1, 79, "", 0, True, None, 1.0, ""), "1/0", "by", "reason"),
    JudgeEvent(NINE, "r", "1/0", "event", "1", "none", (), "by"),
    PayCash(NINE, "r", "1", 1, "by"),
    Answer(NINE, "1#1", True, "reference", "reason"),
    Collect(NINE, "r", "1", "by"),
    SetStanding(NINE, "r", "token", Standing.BLOCKED, "by", "reason"),
    EraseCard(NINE, "token"),
)


@pytest.mark.parametrize("written_as", [PAN, "4242 4242 4242 4242", "card 4242-4242-4242-4242, expires soon"])
def test_no_card_number_gets_into_the_books_or_the_logs_by_any_input(
    shop: ShopLedger, written_as: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for told in TOLD:
        for field in fields(told):
            if field.name in FROM_OUTSIDE and isinstance(getattr(told, field.name), str):
                given = {each.name: getattr(told, each.name) for each in fields(told)} | {field.name: written_as}
                with pytest.raises(RefusedError, match="looks like a card number") as refused:
                    shop.tell(type(told)(**given))
                assert "4242" not in str(refused.value)
    assert "4242" not in everything(shop.engine)
    assert "4242" not in caplog.text


def test_no_card_number_gets_in_at_the_kiosk_by_mail_or_by_who_opens_the_store(
    shop: ShopLedger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    class Talkative:
        """A mail server that says more than it should."""

        def send(self, mail: EmailMessage) -> None:
            raise MailError(f"550 no such box; was it {PAN}?", final=True)

    postman = Postman(shop.engine, STORE, ReceiptSettings(), Talkative(), b"", lambda token: PAN)
    with pytest.raises(RefusedError) as refused:
        postman.addresses.take("1", f"{PAN}@example.org", NINE)
    assert PAN not in str(refused.value)
    postman.addresses.take("1", ANNA, NINE)
    assert postman.go_round(NINE + HOUR).told == "not to be repeated"
    assert "known by its last four digits, and by nothing else" in caplog.text  # the provider told a whole number
    for decided in (Opened(Opening.OPEN, NINE, PAN), Opened(Opening.OPEN, NINE, "anna", f"paid with {PAN}")):
        with pytest.raises(RefusedError, match="looks like a card number"):
            set_opening(shop.engine, "corner", decided)
    with TestClient(Starlette(routes=[Kiosk(shop.engine, STORE, lambda: NINE, "en").route()])) as browser:
        forms = ({"digits": PAN, "address": ANNA}, {"digits": PAN, "address": PAN}, {"digits": "1234", "address": PAN})
        for form in forms:
            assert PAN not in browser.post("/", data=form).text
    assert PAN not in everything(shop.engine)
    assert PAN not in caplog.text


def test_no_card_number_gets_in_by_the_pages_for_customers(shop: ShopLedger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pages = DisputePages(shop.engine, STORE, shop.tell, b"secret", lambda: NINE + HOUR, "en")
    link = f"/disputes/{signed(b'secret', '1/0', NINE + DAY)}"
    with TestClient(Starlette(routes=[pages.route()])) as browser:
        answers = [browser.get(f"/disputes/{PAN}"), browser.get(f"{link}{PAN}"), browser.get(f"{link}?card={PAN}")]
        for form in ({"claim": PAN}, {"claim": "faulty", "right": PAN}, {"claim": "faulty", PAN: PAN}):
            answers.append(browser.post(link, data=form))
    lookup = Lookup(shop.engine, STORE, ReceiptSettings(), b"secret", lambda: NINE + HOUR)
    asked = {"digits": "4242", "day": "2026-09-21", "amount": "5.79"}
    with TestClient(Starlette(routes=[lookup.route()])) as browser:
        answers += [browser.post("/receipts", data={**asked, name: PAN}) for name in asked]
    assert not any(PAN in answer.text for answer in answers)
    assert PAN not in everything(shop.engine)
    assert PAN not in logged_by_us(caplog)


def test_no_card_number_gets_in_by_the_retailers_systems(shop: ShopLedger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = give_token(shop.engine, "corner", "erp", May.DECIDE, NINE)
    app = application(shop.engine, Teller(shop.engine, Policy()), lambda: NINE + HOUR, "1.0")
    decision = {"kind": "age", "request": "r", "by": "max", "visit": "1", "approved": True}
    with TestClient(app, headers={"authorization": f"Bearer {token}"}) as system:
        corner = "/v1/stores/corner"
        answers = [system.get("/v1/stores/corner/purchases", headers={"authorization": f"Bearer {PAN}"})]
        answers += [system.get(path) for path in (f"/v1/stores/{PAN}/purchases", f"{corner}/purchases/{PAN}")]
        answers += [system.get(f"{corner}/{what}", params={PAN: PAN}) for what in ("purchases", "visits", "tasks")]
        answers += [system.get(f"{corner}/purchases", params={name: PAN}) for name in ("gtin", "state", "after")]
        answers += [system.post(f"{corner}/decisions", json={**decision, name: PAN}) for name in decision]
        answers += [system.post(f"{corner}/decisions", content=PAN)]
    assert all(answer.status_code >= 400 or PAN not in answer.text for answer in answers)
    assert PAN not in everything(shop.engine)
    assert PAN not in logged_by_us(caplog)


@pytest.mark.parametrize("name", [field.name for field in fields(BooksSettings) if field.type == "str"])
def test_no_card_number_gets_in_by_a_parameter_of_the_node(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BooksError, match=f"parameter {name}: looks like a card number") as refused:
        Keeper(STORE, replace(BooksSettings(books="books.sqlite"), **{name: PAN}), lambda: NINE)
    assert PAN not in str(refused.value) + caplog.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "card", PAN, "blocked"),
        ("ledger", "erase", PAN),
        ("ledger", "age", "1", "approve", "--by", PAN),
        ("ledger", "cash", "1", "79", "--by", PAN),
        ("receipts", "address", "1", f"{PAN}@example.org"),
        ("receipts", "address", PAN, ANNA),
        ("receipts", "forget", PAN),
        ("receipts", "find", PAN, "2026-09-21"),
    ],
    ids=" ".join,
)
def test_no_card_number_gets_in_at_the_command_line(
    shop: ShopLedger, database: str, words: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = "corner" if words[0] == "ledger" else str(ROOT / "config" / "stores" / "corner.yaml")
    CliRunner().invoke(main, [*words[:2], "--books", database, "--store", store, *words[2:]])
    assert PAN not in everything(shop.engine)
    assert PAN not in caplog.text


def test_no_card_number_comes_in_with_a_message_whoever_published_or_recorded_it(tmp_path: Path) -> None:
    start = 1_700_000_000_000_000_000
    with BagWriter(tmp_path / "bag", "corner", durable=False) as bag:
        for number, credential in enumerate((PAN, "tok_a")):
            stamp = start + number
            bag.write(GATE_EVENTS.name, GateEvent(stamp, "front", Passage.ENTRY, credential, "p", "", False), stamp)
    device = RecordedGate.model_validate({"gate": "front", "driver": "recorded", "bag": "bag", "stamps": "kept"})
    driver = RecordedDriver(device, STORE, tmp_path)
    driver.open()
    events = [*driver.events(0), *driver.events(10)]
    assert [event.credential for event in events] == ["tok_a"]
    assert (driver.condition.refused, PAN in driver.condition.last_refusal) == (1, False)


def test_every_field_of_an_input_that_comes_from_outside_is_looked_at() -> None:
    own = {"visit", "shopper", "party", "line", "cause", "bill", "step", "event", "action", "reference", "currency"}
    texts = {field.name for told in TOLD for field in fields(told) if field.type == "str"}
    assert texts == set(FROM_OUTSIDE) | own


def test_an_erased_card_is_nobodys_and_the_books_stay_right(shop: ShopLedger) -> None:
    assert exported(shop.engine, "corner", "tok_a")["bill"][0]["captured"] == 79
    shop.tell(EraseCard(NINE + HOUR, "tok_a"))
    assert exported(shop.engine, "corner", "tok_a") is None
    assert "tok_a" not in everything(shop.engine)
    assert verify(shop.engine, "corner").problems == ()
    shop.enter("2", "tok_a", stamp=NINE + 2 * HOUR)
    assert shop.bill_of("2").card == "2"  # a number is not given twice


def test_another_process_does_not_bring_an_erased_card_back(shop: ShopLedger) -> None:
    other = ShopLedger(shop.engine)
    other.enter("2", "tok_a", stamp=NINE + HOUR)
    other.leave(receipt("2", entered=NINE + HOUR, left=NINE + HOUR))
    shop.tell(EraseCard(NINE + 2 * HOUR, "tok_a"))
    other.enter("3", "tok_a", stamp=NINE + 3 * HOUR)
    assert other.bill_of("3").card == "2"


def test_a_card_that_is_needed_is_not_erased(shop: ShopLedger) -> None:
    shop.enter("2", "tok_a", stamp=NINE + HOUR)
    with pytest.raises(RefusedError, match="bill 2 is open; wait until it is settled"):
        shop.tell(EraseCard(NINE + HOUR, "tok_a"))
    with pytest.raises(RefusedError, match="nothing is kept of it"):
        shop.tell(EraseCard(NINE + HOUR, "stranger"))


def test_carts_go_after_their_days_and_the_chain_is_still_whole(shop: ShopLedger) -> None:
    policy = RetentionPolicy(cart=30)
    what = "what was in a cart while its shopper was inside"
    assert enforce(shop.engine, "corner", policy, NINE + 29 * DAY).counts[what] == 0
    assert enforce(shop.engine, "corner", policy, NINE + 31 * DAY).counts[what] == 1
    with shop.engine.connect() as connection:
        bodies = connection.execute(select(ENTRY.c.body).where(ENTRY.c.kind == "cart changed")).scalars().all()
    assert bodies == [None]
    assert verify(shop.engine, "corner").problems == ()
    shop.restart()
    assert shop.bill_of("1").captured == 79


def test_bills_go_after_their_days_and_the_chain_is_still_whole(shop: ShopLedger) -> None:
    shop.enter("open", "other", stamp=NINE)
    erased = enforce(shop.engine, "corner", RetentionPolicy(bill=365, card=30), NINE + 400 * DAY)
    assert erased.tokens == ("tok_a",)
    assert [count for what, count in erased.counts.items() if what.startswith("bills")] == [1]
    assert verify(shop.engine, "corner").problems == ()
    assert set(shop.bills()) == {"open"}
    assert rebuild(shop.engine, "corner") == 2
    assert verify(shop.engine, "corner").problems == ()


def test_every_table_is_in_the_table_of_what_is_kept_or_holds_nothing_about_people() -> None:
    for module in walk_packages(storegraph.ledger.__path__, "storegraph.ledger."):
        if module.name.endswith(".schema"):
            import_module(module.name)
    kept = [table.partition(".")[0] for each in KEPT for table in each.where]
    assert set(METADATA.tables) == set(kept) | set(ABOUT_NOBODY)
    assert set(kept).isdisjoint(ABOUT_NOBODY)
    assert all(each.days(RetentionPolicy()) > 0 and each.why and each.then for each in KEPT)
    assert CARD.c.token.nullable and ENTRY.c.body.nullable


@pytest.fixture
def mailed(shop: ShopLedger) -> ShopLedger:
    """Anna wants her receipts by mail from now on, has bought something, and has got the first."""
    basket = Basket()
    postman = Postman(shop.engine, STORE, ReceiptSettings(), basket, b"", lambda token: "4242")
    postman.addresses.take("1", ANNA, NINE, remember=True)
    postman.go_round(NINE + HOUR)
    assert len(basket.mails) == 1
    assert ANNA in everything(shop.engine)
    return shop


def test_who_asks_gets_all_that_is_kept_with_addresses_and_carts(mailed: ShopLedger) -> None:
    told = exported(mailed.engine, "corner", "tok_a")
    assert told is not None
    tables = {table.partition(".")[0] for each in KEPT for table in each.where} - {"opening"}
    assert set(told) == tables
    assert told["remembered_address"][0]["address"] == told["address"][0]["address"] == ANNA
    assert told["last_four"][0]["digits"] == "4242"
    assert "cart changed" in {entry["kind"] for entry in told["entry"]}


def test_addresses_and_digits_go_with_their_card(mailed: ShopLedger) -> None:
    mailed.tell(EraseCard(NINE + HOUR, "tok_a"))
    forget_erased(mailed.engine, "corner")
    with mailed.engine.connect() as connection:
        assert [
            list(connection.execute(select(table))) for table in (ADDRESS, REMEMBERED_ADDRESS, LAST_FOUR, MAIL)
        ] == [[], [], [], []]
    assert exported(mailed.engine, "corner", "tok_a") is None


def test_what_hangs_on_another_card_stays(mailed: ShopLedger) -> None:
    mailed.enter("2", "tok_b")
    mailed.leave(receipt("2", line(WATER)))
    mailed.tell(EraseCard(NINE + HOUR, "tok_b"))
    forget_erased(mailed.engine, "corner")
    assert everything(mailed.engine).count(ANNA) == 2


def test_addresses_go_after_their_days(mailed: ShopLedger) -> None:
    policy = RetentionPolicy(address=60, card=400)
    enforce(mailed.engine, "corner", policy, NINE + 59 * DAY)
    assert everything(mailed.engine).count(ANNA) == 2
    enforce(mailed.engine, "corner", policy, NINE + 61 * DAY)
    assert everything(mailed.engine).count(ANNA) == 1  # consent was given for the card
    enforce(mailed.engine, "corner", policy, NINE + 401 * DAY)
    assert ANNA not in everything(mailed.engine)


def test_the_last_decision_about_opening_is_kept(engine: Engine) -> None:
    for day in range(3):
        set_opening(engine, "corner", Opened(Opening.CLOSED, NINE + day * DAY, f"closer {day}"))
    enforce(engine, "corner", RetentionPolicy(), NINE + 4000 * DAY)
    assert opening_of(engine, "corner").by == "closer 2"
    assert "closer 1" not in everything(engine)


def test_a_sqlite_file_holds_no_token_of_an_erased_card(tmp_path: Path) -> None:
    from storegraph.ledger.books.database import open_database

    path = tmp_path / "books.sqlite"
    shop = ShopLedger(open_database(path))
    shop.enter("1", "tok_of_somebody")
    shop.leave(receipt("1"))
    shop.tell(EraseCard(NINE + HOUR, "tok_of_somebody"))
    shop.engine.dispose()
    assert b"tok_of_somebody" not in path.read_bytes()
