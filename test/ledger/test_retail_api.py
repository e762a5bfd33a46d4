"""The retailer's systems ask about purchases by HTTP, each about its own store, and get what the document promises."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import openapi_spec_validator
import pytest
from retail_http import listening
from reviewed_shop import taking
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, WINE, ShopLedger, cart, line, receipt
from sqlalchemy import Engine, create_engine, select

from storegraph import __version__
from storegraph.ledger.books.facts import Claim
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import Policy
from storegraph.ledger.retail.access import May, give_token, holders, revoke_token
from storegraph.ledger.retail.api import OPERATIONS, STORE_PATH, Health, application
from storegraph.ledger.retail.deciding import Decision, DecisionTaken
from storegraph.ledger.retail.listener import PATH
from storegraph.ledger.retail.openapi import document
from storegraph.ledger.retail.schema import ACCESS_TOKEN
from storegraph.ledger.review.evidence import EvidenceWriter
from storegraph.ledger.settlement.inputs import Dispute
from storegraph.ledger.settlement.teller import Teller
from storegraph.observations import Action, Candidate, Hypothesis, ItemCount

LEFT = NINE + 10 * MINUTE


@pytest.fixture
def client(server: str, engine: Engine) -> Iterator[httpx.Client]:
    """A system that may decide."""
    token = give_token(engine, "corner", "erp", May.DECIDE, NINE)
    with httpx.Client(base_url=server, headers={"authorization": f"Bearer {token}"}) as client:
        yield client


DESCRIBED = document(OPERATIONS, STORE_PATH, __version__, Health, (Decision, DecisionTaken))


def as_described(answer: httpx.Response, path: str) -> Any:
    """What was answered, after it was found to be what the document says of this operation and status."""
    operation = DESCRIBED["paths"][path][answer.request.method.lower()]
    (kind, content), *_ = operation["responses"][str(answer.status_code)]["content"].items()
    assert answer.headers["content-type"] == kind
    jsonschema.validate(answer.json(), content["schema"] | {"components": DESCRIBED["components"]})
    return answer.json()


def ask(client: httpx.Client, path: str, **parameters: Any) -> Any:
    """What is answered to a good question."""
    answer = client.get(f"/v1/stores/corner{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return as_described(answer, STORE_PATH + ("/purchases/{id}" if path.startswith("/purchases/") else path))


def decide(client: httpx.Client, status: int, **decision: Any) -> Any:
    """What is answered to a decision."""
    jsonschema.validate(decision, {"$ref": "#/components/schemas/Decision", "components": DESCRIBED["components"]})
    answer = client.post("/v1/stores/corner/decisions", json=decision)
    assert answer.status_code == status, answer.text
    return as_described(answer, f"{STORE_PATH}/decisions")


def bought(shop: ShopLedger, visit: str, left: int = LEFT) -> None:
    """A water and a bread."""
    shop.enter(visit, f"tok_{visit}", stamp=left - MINUTE)
    shop.leave(receipt(visit, line(WATER), line(BREAD), entered=left - MINUTE, left=left))


def test_purchases_are_listed_by_when_people_left_and_page_by_page(shop: ShopLedger, client: httpx.Client) -> None:
    for number in range(5):
        bought(shop, str(number), LEFT + number * MINUTE)
    pages, after = [], {}
    while True:
        page = ask(client, "/purchases", limit=2, **after)
        pages.append([each["id"] for each in page["purchases"]])
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


def test_purchases_are_found_by_time_state_and_product(shop: ShopLedger, client: httpx.Client) -> None:
    bought(shop, "1")
    bought(shop, "2", LEFT + HOUR)
    shop.enter("3", "tok_3")
    shop.leave(receipt("3", line(WINE, 1, "who"), left=LEFT + 2 * HOUR))

    def found(**parameters: Any) -> list[str]:
        return [each["id"] for each in ask(client, "/purchases", **parameters)["purchases"]]

    assert found(left_from="2026-09-21T15:23:20Z") == ["2", "3"]
    assert found(left_before="2026-09-21T17:23:20+02:00") == ["1"]
    assert found(state="in review") == ["3"]
    assert found(gtin=BREAD.gtin) == ["1", "2"]


def test_a_purchase_has_lines_sureness_steps_and_changes(shop: ShopLedger, client: httpx.Client) -> None:
    bought(shop, "1")
    back = [{"line": "1/1", "count": 1}]
    decide(client, 200, kind="return", request="r1", by="max", purchase="1", items=back)
    shop.restart()
    shop.ask_again()
    purchase = ask(client, "/purchases/1")
    assert [(each["name"], each["charged"], each["returned"], each["confidence"]) for each in purchase["lines"]] == [
        ("Water", 1, 0, 0.99),
        ("Bread", 0, 1, 0.99),
    ]
    assert [(step["action"], step["amount"], step["done"]) for step in purchase["steps"]] == [
        ("authorize", 5000, True),
        ("capture", 329, True),
        ("refund", 250, True),
    ]
    assert [(change["kind"], change["line"], change["count"]) for change in purchase["changes"]] == [
        ("returned", "1/1", 1)
    ]


def test_a_purchase_whose_id_holds_slashes_is_found(shop: ShopLedger, client: httpx.Client) -> None:
    from storegraph.ledger.settlement.inputs import AskEntry, Enter

    shop.tell(AskEntry(NINE, "7", "front", "tok_1"))
    shop.tell(Enter(NINE, "1", "1", "", "tok_1"))
    shop.leave(receipt("1", line(WATER)))
    assert ask(client, "/purchases/ask%2Ffront%2F7")["id"] == "ask/front/7"


def test_who_is_inside_is_told_with_what_they_hold(shop: ShopLedger, client: httpx.Client) -> None:
    shop.enter("1", "tok_1")
    shop.change(cart("1", line(WATER, 2), line(WINE)))
    bought(shop, "2")
    (visit,) = ask(client, "/visits")["visits"]
    assert (visit["id"], [(each["gtin"], each["count"]) for each in visit["cart"]]) == (
        "1",
        [(WATER.gtin, 2), (WINE.gtin, 1)],
    )


def test_a_task_is_told_and_decided_once_however_often_it_is_sent(shop: ShopLedger, client: httpx.Client) -> None:
    shop.enter("1", "tok_1")
    shop.leave(receipt("1", line(WATER, 2, "who")))
    (task,) = ask(client, "/tasks")["tasks"]
    assert (task["kind"], task["line"], task["told"]) == ("review", "1/0", "who")
    answers = [decide(client, 200, kind="review", request="r1", by="max", line="1/0", count=1) for _ in range(2)]
    assert [(each["owed"], each["new"]) for each in answers] == [(WATER.price, True), (WATER.price, False)]
    assert ask(client, "/tasks")["tasks"] == []
    assert verify(shop.engine, "corner").problems == ()


def test_what_the_ledger_refuses_is_told_in_words(shop: ShopLedger, client: httpx.Client) -> None:
    bought(shop, "1")
    told = decide(client, 409, kind="review", request="r1", by="max", line="1/0", count=1)
    assert "is decided already, and not disputed" in told["detail"]


def test_a_disputed_line_is_decided_by_http_and_what_was_paid_too_much_given_back(
    shop: ShopLedger, client: httpx.Client
) -> None:
    bought(shop, "1")
    shop.tell(Dispute(LEFT + MINUTE, "1/0", Claim.NOT_TAKEN))
    assert [task["kind"] for task in ask(client, "/tasks")["tasks"]] == ["dispute"]
    decided = decide(client, 200, kind="review", request="r1", by="max", line="1/0", count=0, reason="saw the pictures")
    assert (decided["owed"], decided["new"]) == (BREAD.price, True)
    shop.restart()
    shop.ask_again()
    assert (shop.bill_of("1").refunded, ask(client, "/tasks")["tasks"]) == (WATER.price, [])


def test_goods_that_somebody_else_has_change_both_purchases_once(shop: ShopLedger, client: httpx.Client) -> None:
    bought(shop, "2")
    shop.enter("1", "tok_1")
    shop.leave(receipt("1", line(WATER, 2, "who")))
    moved = [{"visit": "2", "gtin": WATER.gtin, "count": 2}]
    decision = {"kind": "review", "request": "r1", "by": "max", "line": "1/0", "count": 0, "moved": moved}
    answers = [decide(client, 200, **decision) for _ in range(2)]
    assert [(each["purchase"], each["owed"], each["others"], each["new"]) for each in answers] == [
        ("1", 0, ["2"], True),
        ("1", 0, ["2"], False),
    ]
    assert ask(client, "/purchases/2")["owed"] == 3 * WATER.price + BREAD.price
    assert verify(shop.engine, "corner").problems == ()


def test_goods_that_were_another_product_cost_what_the_catalogue_says(shop: ShopLedger, client: httpx.Client) -> None:
    shop.enter("1", "tok_1")
    shop.leave(receipt("1", line(WATER, 1, "what")))
    moved = [{"visit": "1", "gtin": BREAD.gtin, "count": 1}]
    decision = {"kind": "review", "by": "max", "line": "1/0", "count": 0}
    nobody_knows = [{"visit": "1", "gtin": "9520000999999", "count": 1}]
    told = decide(client, 409, **decision, request="r1", moved=nobody_knows)
    assert "is not in the catalogue" in told["detail"]
    decided = decide(client, 200, **decision, request="r2", moved=moved)
    assert (decided["owed"], decided["others"]) == (BREAD.price, [])


def test_a_task_comes_with_the_evidence_that_the_graph_gave(shop: ShopLedger, client: httpx.Client) -> None:
    items = (ItemCount(WATER.gtin, 1),)
    taken = replace(
        taking(WATER),
        who=(Candidate("1", 0.6, 0.05), Candidate("", 0.4, math.nan)),
        hypotheses=(Hypothesis("1", Action.TAKE, items, 0.6), Hypothesis("", Action.TAKE, items, 0.4)),
    )
    shop.enter("1", "tok_1")
    shop.enter("2", "tok_2")
    evidence = EvidenceWriter(shop.engine, "corner")
    evidence.note(taken)
    evidence.write()
    shop.leave(receipt("1", line(WATER, 1, "who")))
    shop.leave(receipt("2", line(BREAD, 1, "who")))
    (task,) = ask(client, "/tasks", about="1/0")["tasks"]
    assert (task["goods"]["waiting"], task["counts"]) == (1, [0.4, 0.6])
    assert task["events"][0]["curves"]["begin"] == NINE + MINUTE
    assert [who["hand_distance"] for who in task["events"][0]["who"]] == [0.05, None]
    assert [(each["line"], each["events"]) for each in ask(client, "/tasks", about="2/0")["tasks"]] == [("2/0", [])]
    assert len(ask(client, "/tasks")["tasks"]) == 2


@pytest.mark.parametrize(
    "content",
    [b"{}", b"no json", b'{"kind": "sell"}', b'{"kind": "age", "request": "", "by": "", "visit": "1", "approved": 1}'],
)
def test_what_is_no_decision_is_refused(content: bytes, client: httpx.Client) -> None:
    assert client.post("/v1/stores/corner/decisions", content=content).status_code == 400


def test_a_card_number_is_refused_and_not_repeated(shop: ShopLedger, client: httpx.Client, engine: Engine) -> None:
    shop.enter("1", "tok_1")
    shop.change(cart("1", line(WINE)))
    number = "4242424242424242"
    for field in ("request", "by"):
        decision = {"kind": "age", "request": "r", "by": "max", "visit": "1", "approved": True, field: number}
        answer = client.post("/v1/stores/corner/decisions", json=decision)
        assert answer.status_code == 409
        assert number not in answer.text
    decision = {"kind": "age", "request": "r", "by": "max", "visit": "1", "approved": number}
    assert number not in client.post("/v1/stores/corner/decisions", json=decision).text


def test_what_is_too_long_is_not_read(client: httpx.Client) -> None:
    for path in ("/v1/stores/corner/decisions", PATH):
        assert client.post(path, content=b" " * 1_100_000).status_code == 413


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer sgt_wrong", "Basic c2d0Og==", "sgt_wrong"])
def test_nobody_without_a_token_is_told_anything(header: str | None, server: str) -> None:
    headers = {"authorization": header} if header is not None else {}
    for operation in OPERATIONS:
        path = (STORE_PATH + operation.path).format(store="corner", id="1")
        answer = httpx.get(server + path, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        as_described(answer, STORE_PATH + operation.path)


def test_a_token_is_good_for_its_store_only(shop: ShopLedger, server: str, engine: Engine) -> None:
    bought(shop, "1")
    token = give_token(engine, "market", "erp", May.READ, NINE)
    answer = httpx.get(f"{server}/v1/stores/corner/purchases/1", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    as_described(answer, f"{STORE_PATH}/purchases/{{id}}")


def test_who_may_read_may_not_decide(shop: ShopLedger, server: str, engine: Engine) -> None:
    token = give_token(engine, "corner", "bi", May.READ, NINE)
    decision = {"kind": "review", "request": "r1", "by": "max", "line": "1/0", "count": 1}
    headers = {"authorization": f"Bearer {token}"}
    assert httpx.post(f"{server}/v1/stores/corner/decisions", json=decision, headers=headers).status_code == 403


def test_a_token_that_was_revoked_counts_no_more(client: httpx.Client, engine: Engine) -> None:
    ask(client, "/tasks")
    revoke_token(engine, "corner", "erp")
    assert client.get("/v1/stores/corner/tasks").status_code == 401
    with pytest.raises(RefusedError, match="erp: has no token"):
        revoke_token(engine, "corner", "erp")


def test_of_a_token_the_books_hold_a_digest_only(engine: Engine) -> None:
    token = give_token(engine, "corner", "erp", May.READ, NINE)
    with engine.connect() as connection:
        rows = str(connection.execute(select(ACCESS_TOKEN)).all())
    assert token.removeprefix("sgt_") not in rows
    assert [(holder.name, holder.may) for holder in holders(engine, "corner")] == [("erp", May.READ)]
    with pytest.raises(RefusedError, match="revoke it first"):
        give_token(engine, "corner", "erp", May.READ, NINE)


@pytest.mark.parametrize(
    "parameters",
    [{"limit": 0}, {"limit": 1000}, {"state": "lost"}, {"after": "%%"}, {"left_from": "yesterday"}, {"card": "1"}],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], client: httpx.Client) -> None:
    answer = client.get("/v1/stores/corner/purchases", params=parameters)
    assert answer.status_code == 400
    assert as_described(answer, f"{STORE_PATH}/purchases")["detail"].startswith(next(iter(parameters)))


def test_what_is_not_there_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/v1/stores/corner/purchases/9")
    assert (answer.status_code, as_described(answer, f"{STORE_PATH}/purchases/{{id}}")["status"]) == (404, 404)
    assert client.get("/v1/nothing").status_code == 404


def test_nothing_about_the_customers_card_is_told(shop: ShopLedger, client: httpx.Client) -> None:
    shop.enter("1", "tok_secret")
    shop.leave(receipt("1", line(WATER, 1, "who"), line(BREAD)))
    for path in ("/purchases", "/purchases/1", "/visits", "/tasks"):
        text = json.dumps(ask(client, path))
        assert "tok_" not in text
        assert '"card":' not in text


def test_the_health_is_told_without_a_token(server: str) -> None:
    assert as_described(httpx.get(f"{server}/health"), "/health")["status"] == "ok"


def test_books_that_are_gone_are_told_as_503(tmp_path: Path) -> None:
    broken = create_engine(f"sqlite:///{tmp_path}/none/books.sqlite")
    with listening(application(broken, Teller(broken, Policy()), lambda: NINE, __version__)) as address:
        answer = httpx.get(f"{address}/health")
        assert (answer.status_code, as_described(answer, "/health")["status"]) == (503, 503)


def test_the_document_that_is_served_is_openapi_3_1_and_names_every_operation(server: str) -> None:
    served = httpx.get(f"{server}/openapi.json").json()
    openapi_spec_validator.validate(served)
    assert served == json.loads(json.dumps(DESCRIBED))
    names = {operation["operationId"] for path in served["paths"].values() for operation in path.values()}
    assert names == {*(operation.name for operation in OPERATIONS), "getHealth", "decide"}


def test_an_answer_that_is_not_as_described_would_be_found(client: httpx.Client) -> None:
    answer = client.get("/v1/stores/corner/visits")
    with pytest.raises(jsonschema.ValidationError):
        as_described(answer, f"{STORE_PATH}/tasks")
