"""Beside a running store the kiosk's page is there, by a node of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")

import httpx
from corner_nodes import CORNER, running
from shop_ledger import NINE, ShopLedger
from sqlalchemy import Engine, select
from waiting import PATIENCE, wait_until

from storegraph.graph.diagnostics import Level
from storegraph.graph.starting import Start, nodes_to_start
from storegraph.ledger.books.database import open_database
from storegraph.ledger.errors import LedgerError
from storegraph.ledger.receipts.node import KioskNode
from storegraph.ledger.receipts.pairing import code_of
from storegraph.ledger.receipts.parameters import KioskNodeSettings
from storegraph.ledger.receipts.schema import ADDRESS
from storegraph.store.file import load_store

pytestmark = pytest.mark.usefixtures("ros")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "books.sqlite")
    yield engine
    engine.dispose()


@contextmanager
def kiosk(folder: Path, address: str) -> Iterator[KioskNode]:
    """The node, as `storegraph up --set kiosk=ADDRESS` starts it."""
    receipts = folder / "receipts.yaml"
    receipts.write_text("language: de\n")
    books = str(folder / "books.sqlite")
    with running("kiosk", books=books, kiosk=address, receipts=str(receipts)) as node:
        yield node


def said(node: KioskNode) -> tuple[Level, str]:
    """What it tells on /diagnostics."""
    (status,) = node.statuses()
    return status.level, status.message


def test_who_is_inside_leaves_an_address_at_the_page_of_the_running_store(tmp_path: Path, engine: Engine) -> None:
    code = code_of(ShopLedger(engine).enter("1", "tok_a", stamp=NINE).bill)
    with kiosk(tmp_path, "127.0.0.1:0") as node:
        level, told = said(node)
        url = told.removeprefix("answers at ")
        page = httpx.post(url, data={"digits": code, "address": "anna@example.org"}, timeout=PATIENCE)
    assert (level, page.status_code, "Ihr Bon kommt" in page.text) == (Level.OK, 200, True)
    with engine.connect() as connection:
        assert [(row.visit, row.address) for row in connection.execute(select(ADDRESS))] == [("1", "anna@example.org")]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_port_that_is_taken_is_told_and_had_once_it_is_free(tmp_path: Path, engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with kiosk(tmp_path, f"127.0.0.1:{port}") as node:
            assert said(node)[0] == Level.ERROR and f"127.0.0.1:{port}: cannot be listened at" in said(node)[1]
            taken.close()
            wait_until(lambda: said(node)[0] == Level.OK, lambda: said(node))
            assert httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (KioskNodeSettings(kiosk="8082", books="b.sqlite"), 'parameter kiosk: "8082" is no address and port; as in 0'),
        (KioskNodeSettings(kiosk="0.0.0.0:99999", books="b.sqlite"), "is no address and port"),
        (KioskNodeSettings(kiosk="[::1]:8082"), "parameter books is not set; it names the books"),
    ],
)
def test_what_is_missing_or_wrong_is_named(settings: KioskNodeSettings, told: str) -> None:
    with running("kiosk", autostart=False) as node, pytest.raises(LedgerError, match=told):
        node.set_up(load_store(CORNER), settings)


def test_it_is_started_with_the_store_where_its_address_is_set() -> None:
    def names(settings: dict[str, str]) -> set[str]:
        return {node.name for node in nodes_to_start(Start(CORNER, settings=settings))}

    assert "kiosk" not in names({})
    assert "kiosk" in names({"kiosk": "0.0.0.0:8082"})
