"""The retailer's systems are told of every purchase, at least once, in order, whatever fails on the way."""

from __future__ import annotations

import json
import multiprocessing
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dying_courier
import pytest
from crashing_shop import DIED, PATIENCE
from retail_system import DROPPED, SECRET, RetailSystem, is_signed
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine

from storegraph.ledger.books.facts import Remainder
from storegraph.ledger.errors import PolicyError, RefusedError
from storegraph.ledger.retail.courier import Courier, Round
from storegraph.ledger.retail.settings import Endpoint, RetailSettings, load_retail_settings
from storegraph.ledger.retail.webhook import Message, Poster, secrets_of, signature
from storegraph.ledger.settlement.inputs import Correct

ROOT = Path(__file__).resolve().parents[2]
LATER = NINE + 5 * HOUR


@pytest.fixture
def courier(engine: Engine, system: RetailSystem) -> Iterator[Courier]:
    courier = Courier(engine, "corner", system.endpoint())
    yield courier
    courier.close()


def bought(shop: ShopLedger, visit: str) -> None:
    """A water and two breads."""
    shop.enter(visit, f"tok_{visit}")
    shop.leave(receipt(visit, line(WATER), line(BREAD, 2)))


def returned(shop: ShopLedger, visit: str, count: int) -> None:
    """So many of the breads are still charged."""
    shop.tell(Correct(shop.now + MINUTE, f"r{count}", f"{visit}/1", count, Remainder.RETURNED, "max", "stale"))


def told(system: RetailSystem) -> list[tuple[str, str, int]]:
    return [(message["type"], message["data"]["id"], message["data"]["owed"]) for message in system.told]


def test_a_settled_purchase_is_told_with_its_lines_taxes_and_steps(
    shop: ShopLedger, courier: Courier, system: RetailSystem
) -> None:
    bought(shop, "1")
    assert courier.go_round(LATER) == Round(delivered=1)
    (message,) = system.told
    purchase = message["data"]
    assert message["type"] == "purchase.settled"
    assert (purchase["store"], purchase["state"], purchase["payer"]) == ("corner", "settled", "card")
    assert [(each["name"], each["charged"], each["amount"]) for each in purchase["lines"]] == [
        ("Water", 1, 79),
        ("Bread", 2, 500),
    ]
    assert (purchase["owed"], purchase["captured"], purchase["revision"]) == (579, 579, 1)
    assert [(share["rate"], share["tax"]) for share in purchase["taxes"]] == [(700, 33), (1900, 13)]
    assert [(step["action"], step["amount"]) for step in purchase["steps"]] == [("authorize", 5000), ("capture", 579)]
    assert purchase["left"] == "2026-09-21T14:23:20Z"


def test_a_correction_is_told_as_the_next_revision(shop: ShopLedger, courier: Courier, system: RetailSystem) -> None:
    bought(shop, "1")
    courier.go_round(LATER)
    returned(shop, "1", 1)
    courier.go_round(LATER)
    assert told(system) == [("purchase.settled", "1", 579), ("purchase.corrected", "1", 329)]
    assert [message["data"]["revision"] for message in system.told] == [1, 2]
    assert system.told[1]["data"]["refunded"] == 250
    assert [(each["kind"], each["count"], each["remainder"]) for each in system.told[1]["data"]["changes"]] == [
        ("corrected", 1, "returned")
    ]


def test_a_bad_debt_is_told(shop: ShopLedger, courier: Courier, system: RetailSystem) -> None:
    shop.policy = shop.policy.model_copy(
        update={"collection": shop.policy.collection.model_copy(update={"retry_after": ()})}
    )
    shop.restart()
    shop.enter("1", "tok")
    shop.provider.misbehave(*_declined())
    shop.leave(receipt("1", line(WATER)))
    courier.go_round(LATER)
    assert [(kind, system.told[0]["data"]["debt"]) for kind, _, _ in told(system)] == [("purchase.unpaid", WATER.price)]


def _declined() -> list:
    from storegraph.ledger.payments.sandbox import Fault

    return [Fault.DECLINE, Fault.DECLINE]


def test_the_same_message_is_the_same_to_the_byte_whenever_it_is_made(
    shop: ShopLedger, engine: Engine, courier: Courier, system: RetailSystem
) -> None:
    bought(shop, "1")
    outbox = courier.outbox
    outbox.collect(LATER)
    (delivery,) = outbox.due(LATER)
    before = outbox.message(delivery.position)
    returned(shop, "1", 0)
    bought(shop, "2")
    assert outbox.message(delivery.position) == before


def test_every_message_is_signed_and_its_signature_depends_on_all_of_it(
    shop: ShopLedger, courier: Courier, system: RetailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(shop, "1")
    assert courier.go_round(LATER).delivered == 1  # the receiver has checked it
    body = b'{"type":"purchase.settled"}'
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1674087231"}
    headers["webhook-signature"] = signature(secrets_of(system.endpoint())[0], Message("msg_1", body), 1674087231)
    assert is_signed(headers, body, SECRET)
    assert not is_signed(headers, body + b" ", SECRET)
    assert not is_signed(headers | {"webhook-timestamp": "1674087232"}, body, SECRET)
    assert not is_signed(headers | {"webhook-id": "msg_2"}, body, SECRET)


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks, as its libraries test it."""
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(secret, message, 1614265330) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_receiver_in_the_documentation_tells_what_is_signed() -> None:
    page = (ROOT / "docs" / "retailer.md").read_text(encoding="utf-8")
    example: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], example)
    message = Message("msg_1", b"{}")
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1"}
    headers["webhook-signature"] = f"v1,AAAA {signature(b64decode(SECRET.removeprefix('whsec_')), message, 1)}"
    assert example["is_signed"](headers, b"{}", SECRET)
    assert not example["is_signed"](headers, b"{ }", SECRET)


def test_while_a_secret_is_replaced_messages_are_signed_with_both(
    shop: ShopLedger, engine: Engine, system: RetailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SECRET.replace("AAEC", "BBBB")
    monkeypatch.setenv("STOREGRAPH_WEBHOOK_SECRET", f"{other} {SECRET}")
    bought(shop, "1")
    courier = Courier(engine, "corner", system.endpoint())
    assert courier.go_round(LATER).delivered == 1
    courier.close()


@pytest.mark.parametrize("value", ["", "whsec_", "whsec_AAECAwQFBgc=", "no secret at all", "whsec_%%%%"])
def test_without_a_good_secret_nothing_is_sent(
    value: str, system: RetailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOREGRAPH_WEBHOOK_SECRET", value)
    with pytest.raises(PolicyError, match="endpoint erp: STOREGRAPH_WEBHOOK_SECRET"):
        Poster(system.endpoint())


@pytest.mark.parametrize("status", [500, 503, 404, 301, 429, DROPPED])
def test_what_is_not_taken_is_tried_again_later_under_the_same_id(
    status: int, shop: ShopLedger, courier: Courier, system: RetailSystem
) -> None:
    bought(shop, "1")
    system.answers.append(status)
    assert courier.go_round(LATER) == Round(postponed=1)
    assert courier.go_round(LATER) == Round()
    assert courier.go_round(LATER + 5 * 10**9) == Round(delivered=1)
    assert len(system.attempts) == 2
    assert len(set(system.attempts)) == 1


def test_nobody_at_the_address_is_tried_again(shop: ShopLedger, engine: Engine, system: RetailSystem) -> None:
    bought(shop, "1")
    courier = Courier(engine, "corner", Endpoint(name="erp", url="http://127.0.0.1:9"))
    assert courier.go_round(LATER) == Round(postponed=1)
    assert "ConnectError" in courier.outbox.deliveries("waiting")[0].told
    courier.close()


def test_after_the_last_attempt_a_message_is_dead_is_seen_and_can_be_sent_again(
    shop: ShopLedger, engine: Engine, system: RetailSystem
) -> None:
    bought(shop, "1")
    system.answers += [500, 502]
    courier = Courier(engine, "corner", system.endpoint(retry_after=(60.0,)))
    assert courier.go_round(LATER) == Round(postponed=1)
    assert courier.go_round(LATER + MINUTE) == Round(dead=1)
    assert courier.go_round(LATER + 1000 * HOUR) == Round()
    (dead,) = courier.outbox.deliveries("dead")
    assert (dead.bill, dead.attempts, dead.told) == ("1", 2, "502 Bad Gateway")
    assert courier.outbox.resend(LATER) == 1
    assert courier.go_round(LATER) == Round(delivered=1)
    courier.close()


def test_an_endpoint_that_is_gone_is_not_tried_again(shop: ShopLedger, courier: Courier, system: RetailSystem) -> None:
    bought(shop, "1")
    system.answers.append(410)
    assert courier.go_round(LATER) == Round(dead=1)


def test_a_message_that_does_not_arrive_holds_back_those_of_its_purchase_and_no_others(
    shop: ShopLedger, courier: Courier, system: RetailSystem
) -> None:
    bought(shop, "1")
    returned(shop, "1", 1)
    returned(shop, "1", 0)
    bought(shop, "2")
    system.refuses.add("1")
    assert courier.go_round(LATER) == Round(delivered=1, postponed=1)
    assert told(system) == [("purchase.settled", "2", 579)]
    system.refuses.clear()
    assert courier.go_round(LATER + MINUTE) == Round(delivered=3)
    assert [message["data"]["revision"] for message in system.told if message["data"]["id"] == "1"] == [1, 2, 3]


def test_a_dead_message_can_be_skipped_so_that_later_ones_go(
    shop: ShopLedger, engine: Engine, system: RetailSystem
) -> None:
    bought(shop, "1")
    system.answers.append(500)
    courier = Courier(engine, "corner", system.endpoint(retry_after=()))
    courier.go_round(LATER)
    returned(shop, "1", 1)
    assert courier.go_round(LATER) == Round()
    courier.outbox.skip(courier.outbox.deliveries("dead")[0].position)
    assert courier.go_round(LATER) == Round(delivered=1)
    assert told(system) == [("purchase.corrected", "1", 329)]
    with pytest.raises(RefusedError, match="erp waits for no message about it"):
        courier.outbox.skip(1)
    courier.close()


def test_an_endpoint_is_told_only_what_it_asks_for(shop: ShopLedger, engine: Engine, system: RetailSystem) -> None:
    courier = Courier(engine, "corner", system.endpoint(kinds=("purchase.corrected",)))
    bought(shop, "1")
    returned(shop, "1", 1)
    courier.go_round(LATER)
    assert told(system) == [("purchase.corrected", "1", 329)]
    courier.close()


def test_a_new_endpoint_is_told_everything_and_each_in_its_own_time(
    shop: ShopLedger, engine: Engine, courier: Courier, system: RetailSystem
) -> None:
    bought(shop, "1")
    courier.go_round(LATER)
    other = Courier(engine, "corner", system.endpoint().model_copy(update={"name": "stock"}))
    assert (other.go_round(LATER), courier.go_round(LATER)) == (Round(delivered=1), Round())
    other.close()


def test_more_than_a_page_of_purchases_is_told_once_each(
    shop: ShopLedger, courier: Courier, system: RetailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storegraph.ledger.retail.outbox.PAGE", 3)
    for number in range(7):
        bought(shop, str(number))
    assert courier.go_round(LATER) == Round(delivered=7)
    assert sorted(each for _, each, _ in told(system)) == [str(number) for number in range(7)]


def test_nothing_about_the_customers_card_or_the_staff_is_told(
    shop: ShopLedger, courier: Courier, system: RetailSystem
) -> None:
    bought(shop, "1")
    returned(shop, "1", 0)
    courier.go_round(LATER)
    text = json.dumps(system.told)
    for private in ("tok_1", "max", "stale", '"card":'):
        assert private not in text


POINTS = (
    "before commit 1",  # of what is to be told
    "before message 1",
    "after message 1",  # the endpoint has it, and nobody knows
    "before commit 2",  # of the note that it has it
    "before message 2",
    "before commit 3",
)

FRESH = multiprocessing.get_context("forkserver")
FRESH.set_forkserver_preload(["storegraph.ledger.retail.courier", "storegraph.ledger.books.database"])


@pytest.mark.parametrize("point", POINTS)
def test_a_courier_that_dies_loses_nothing_and_keeps_the_order(
    point: str, shop: ShopLedger, database: str, system: RetailSystem
) -> None:
    bought(shop, "1")
    returned(shop, "1", 1)
    assert _run(database, system, point) == DIED
    assert _run(database, system, "") == 0
    taken = list(dict.fromkeys((message["data"]["id"], message["data"]["revision"]) for message in system.told))
    assert taken == [("1", 1), ("1", 2)]
    assert len(set(system.attempts)) == 2
    assert len(system.told) <= 3


def _run(database: str, system: RetailSystem, point: str) -> int | None:
    process = FRESH.Process(target=dying_courier.main, args=(database, system.url, point))
    process.start()
    process.join(PATIENCE)
    return process.exitcode


def test_what_was_erased_is_not_told(shop: ShopLedger, engine: Engine, courier: Courier, system: RetailSystem) -> None:
    from sqlalchemy import update

    from storegraph.ledger.books.schema import ENTRY

    bought(shop, "1")
    courier.outbox.collect(LATER)
    with engine.begin() as connection:
        connection.execute(update(ENTRY).values(body=None))
    courier.go_round(LATER)
    assert (system.told, courier.outbox.deliveries()[0].state) == ([], "skipped")


def test_the_example_of_settings_is_right() -> None:
    settings = load_retail_settings(ROOT / "config" / "retail.yaml")
    assert settings == RetailSettings()


@pytest.mark.parametrize("url", ["http://erp.example/x", "ftp://erp.example", "http://localhost.example/", "erp"])
def test_a_message_leaves_this_machine_encrypted_only(url: str, tmp_path: Path) -> None:
    (tmp_path / "retail.yaml").write_text(f"endpoints:\n  - {{name: erp, url: '{url}'}}\n")
    with pytest.raises(PolicyError, match=r"retail.yaml:2: endpoints\[0\].url"):
        load_retail_settings(tmp_path / "retail.yaml")


def test_two_endpoints_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="erp: is the name of more than one endpoint"):
        RetailSettings(endpoints=(Endpoint(name="erp", url="https://a.example"),) * 2)
