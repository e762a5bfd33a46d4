"""Beside a running store the retailer's systems are told of purchases and answered, by a node of their own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")

import httpx
from corner_nodes import CORNER, running
from retail_system import RetailSystem
from shop_ledger import NINE, WATER, ShopLedger, line, receipt
from spinning import spinning
from sqlalchemy import Engine
from waiting import wait_until

from storegraph.graph.diagnostics import Level
from storegraph.ledger.books.database import open_database
from storegraph.ledger.errors import LedgerError
from storegraph.ledger.retail.access import May, give_token
from storegraph.ledger.retail.node import RetailNode
from storegraph.ledger.retail.parameters import RetailNodeSettings
from storegraph.store.file import load_store

pytestmark = pytest.mark.usefixtures("ros")


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return tmp_path / "books.sqlite"


@pytest.fixture
def engine(books: Path) -> Iterator[Engine]:
    """Books of two shops that have sold a water each."""
    engine = open_database(books)
    for store in ("corner", "market"):
        shop = ShopLedger(engine, store=store)
        shop.enter("1", "tok_1")
        shop.leave(receipt("1", line(WATER)))
    yield engine
    engine.dispose()


@contextmanager
def retail(folder: Path, books: Path, settings: str) -> Iterator[RetailNode]:
    """The node, as `storegraph up` starts it where `retail` names these settings."""
    file = folder / "retail.yaml"
    file.write_text(settings)
    with running("retail", books=str(books), retail=str(file)) as node:
        yield node


def said(node: RetailNode) -> dict[str, tuple[Level, str]]:
    """What it tells on /diagnostics."""
    return {status.name: (status.level, status.message) for status in node.statuses()}


def test_webhooks_about_its_own_store_are_delivered_and_questions_answered(
    tmp_path: Path, books: Path, engine: Engine, system: RetailSystem
) -> None:
    token = give_token(engine, "corner", "crm", May.READ, NINE)
    settings = f"endpoints: [{{name: erp, url: '{system.url}'}}]\napi: {{port: 0}}\n"
    with retail(tmp_path, books, settings) as node:
        wait_until(lambda: system.told, lambda: said(node))
        url = said(node)["api"][1].removeprefix("answers at ")
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.get(f"{url}/v1/stores/corner/purchases", headers=headers).json()
        wait_until(lambda: said(node)["erp"] == (Level.OK, "is told of purchases"), lambda: said(node))
    assert [each["id"] for each in answer["purchases"]] == ["1"]
    assert [message["data"]["store"] for message in system.told] == ["corner"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_what_is_not_taken_is_told_on_diagnostics(
    tmp_path: Path, books: Path, engine: Engine, system: RetailSystem
) -> None:
    system.answers.append(500)
    settings = f"endpoints: [{{name: erp, url: '{system.url}', retry_after: []}}]\napi: null\n"
    with retail(tmp_path, books, settings) as node:
        wait_until(lambda: said(node)["erp"][0] == Level.WARN, lambda: said(node))
        assert said(node).keys() == {"erp"}
        told = said(node)["erp"][1]
    assert "500 Internal Server Error" in told
    assert "1 messages are dead; `storegraph retail deliveries --state dead` lists them" in told
    with retail(tmp_path, books, settings) as again:  # who starts it anew is told, too
        wait_until(lambda: said(again)["erp"][0] == Level.WARN, lambda: said(again))
        assert said(again)["erp"][1].startswith("1 messages are dead")


def test_a_port_that_is_taken_is_told_and_had_once_it_is_free(tmp_path: Path, books: Path, engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = tmp_path / "retail.yaml"
        settings.write_text(f"api: {{port: {port}}}\n")
        with retail(tmp_path, books, settings.read_text()) as node:
            level, told = said(node)["api"]
            assert (level, "cannot be listened at" in told, str(port) in told) == (Level.ERROR, True, True)
            taken.close()
            with spinning(node):
                wait_until(lambda: said(node)["api"][0] == Level.OK, lambda: said(node))
            assert httpx.get(f"http://127.0.0.1:{port}/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (RetailNodeSettings(books="books.sqlite"), "parameter retail is not set; it names a file"),
        (RetailNodeSettings(retail="retail.yaml"), "parameter books is not set"),
        (RetailNodeSettings(retail="nowhere.yaml", books="books.sqlite"), "nowhere.yaml: there is no such file"),
        (RetailNodeSettings(retail="retail.yaml", books="books.sqlite"), "STOREGRAPH_WEBHOOK_SECRET is not in the env"),
    ],
)
def test_what_is_missing_is_named_and_leaves_the_node_unconfigured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: RetailNodeSettings, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STOREGRAPH_WEBHOOK_SECRET", raising=False)
    Path("retail.yaml").write_text("endpoints: [{name: erp, url: 'https://erp.example'}]\n")
    with running("retail", autostart=False) as node, pytest.raises(LedgerError, match=told):
        node.set_up(load_store(CORNER), settings)
