"""What staff does about the retailer's systems on the command line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from retail_system import RetailSystem
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine

from storegraph.cli import main
from storegraph.ledger.receipts.links import signed as link
from storegraph.ledger.retail.access import May, give_token, holder_of
from storegraph.ledger.retail.webhook import Poster, secrets_of

CONFIG = Path(__file__).resolve().parents[2] / "config"
Run = Callable[..., str]


@pytest.fixture
def run(database: str, engine: Engine, system: RetailSystem, tmp_path: Path) -> Run:
    """Runs a command about the webhooks of a shop that has sold a water."""
    shop = ShopLedger(engine)
    shop.enter("1", "tok_1")
    shop.leave(receipt("1", line(WATER)))
    settings = tmp_path / "retail.yaml"
    settings.write_text(f"endpoints:\n- {{name: erp, url: '{system.url}', retry_after: []}}\n")

    def run(command: str, *more: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, ["retail", command, "--books", database, "--settings", str(settings), *more])
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_what_is_dead_is_listed_sent_again_or_skipped(run: Run, system: RetailSystem, tmp_path: Path) -> None:
    of_erp = ("--store", "corner", "--endpoint", "erp")
    system.answers += [500, 500]
    assert run("deliver") == "corner\terp\t0 delivered, 0 to be tried again, 1 dead: 500 Internal Server Error\n"
    assert "500 Internal Server Error" in run("deliveries", *of_erp, "--state", "dead")
    out = tmp_path / "dead.csv"
    assert run("deliveries", *of_erp, "--state", "dead", "--out", str(out)) == f"{out}: 1 rows\n"
    head, dead = out.read_text().splitlines()
    assert head == "position,purchase,state,attempts,due,told"
    assert dead.split(",")[1:] == ["1", "dead", "1", "", "500 Internal Server Error"]
    assert run("resend", *of_erp) == "1 to be sent\n"
    assert "1 dead" in run("deliver", "--store", "corner")
    position = dead.split(",")[0]
    run("skip", *of_erp, position)
    assert "skipped" in run("deliveries", *of_erp)
    assert run("resend", *of_erp, position) == "1 to be sent\n"
    assert "1 delivered" in run("deliver")
    assert [message["data"]["id"] for message in system.told] == ["1"]


def test_an_endpoint_that_is_not_in_the_settings_is_named_with_those_that_are(run: Run) -> None:
    told = run("deliveries", "--store", "corner", "--endpoint", "crm", code=2)
    assert "has no endpoint crm; it has erp" in told.replace("\n", " ")


def test_a_secret_that_is_made_signs(system: RetailSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (CliRunner().invoke(main, ["retail", "secret"]).output.strip() for _ in range(2))
    assert first != second
    monkeypatch.setenv("STOREGRAPH_WEBHOOK_SECRET", f"{first} {second}")
    assert [len(secret) for secret in secrets_of(system.endpoint())] == [32, 32]
    Poster(system.endpoint()).close()


def test_tokens_are_given_listed_and_revoked(database: str, engine: Engine) -> None:
    common = ["--books", database, "--store", "corner"]

    def token(command: str, *more: str) -> str:
        return CliRunner().invoke(main, ["retail", "token", command, *common, *more]).output

    given = token("give", "erp", "--may", "decide").strip()
    holder = holder_of(engine, given)
    assert holder is not None
    assert (holder.store, holder.name, holder.may) == ("corner", "erp", May.DECIDE)
    assert [line.split() for line in token("list").splitlines()] == [
        ["store", "name", "may"],
        ["corner", "erp", "decide"],
    ]
    token("revoke", "erp")
    assert holder_of(engine, given) is None
    assert "erp" not in token("list")
    assert "looks like a card number" in token("give", "4242424242424242")


def test_the_command_serves_until_it_is_stopped(shop: ShopLedger, database: str) -> None:
    token = give_token(shop.engine, "corner", "erp", May.READ, NINE)
    shop.enter("1", "tok_1", stamp=NINE + 9 * MINUTE)
    shop.leave(receipt("1", line(WATER), line(BREAD), entered=NINE + 9 * MINUTE, left=NINE + 10 * MINUTE))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "storegraph.cli", "retail", "serve", "--books", database, "--port", str(port)]
    shops = ["--store-file", str(CONFIG / "stores" / "corner.yaml"), "--receipts", str(CONFIG / "receipts.yaml")]
    environment = os.environ | {"STOREGRAPH_LINK_SECRET": "the shop's secret"}
    with subprocess.Popen([*command, *shops], stderr=subprocess.DEVNULL, env=environment) as serving:
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"authorization": f"Bearer {token}"},
                transport=httpx.HTTPTransport(retries=10),
            ) as client:
                until = time.monotonic() + 60
                while True:
                    try:
                        answer = client.get("/v1/stores/corner/purchases/1")
                        break
                    except httpx.ConnectError:
                        assert time.monotonic() < until
                        time.sleep(0.2)
                carried = link(b"the shop's secret", "1/0", time.time_ns() + HOUR)
                assert client.post(f"/shops/corner/disputes/{carried}", data={"claim": "not taken"}).status_code == 200
                (task,) = client.get("/v1/stores/corner/tasks").json()["tasks"]
            assert answer.json()["owed"] == WATER.price + BREAD.price
            assert (task["kind"], task["line"]) == ("dispute", "1/0")
        finally:
            serving.terminate()
