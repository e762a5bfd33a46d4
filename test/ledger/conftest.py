"""Books in SQLite and in PostgreSQL: the same tests run on both."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from postgres_server import postgres_binaries, postgres_server
from receipt_mails import Basket
from retail_system import SECRET, RetailSystem, retail_system
from shop_ledger import ShopLedger
from sqlalchemy import Engine, create_engine, text

from storegraph.ledger.books.database import open_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server. It does not wait for the disk: these tests kill shops, not the database."""
    if postgres_binaries() is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    with postgres_server(durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books without an entry, to be copied: making the tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("books") / "empty.sqlite"
    engine = open_database(path)
    with engine.connect().execution_options(reading=True) as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def make_database(postgres: str) -> Callable[[], str]:
    """Makes a database with the tables of the books; gives its URL."""
    admin = create_engine(postgres.format("postgres").replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
    names = (f"books_{number}" for number in count())

    def create(name: str, template: str) -> str:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
        return postgres.format(name)

    open_database(create("empty", "template0")).dispose()
    return lambda: create(next(names), "empty")


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_books(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes fresh books, and says where they are: a file, or a database of its own on the server."""
    if request.param == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("make_database")
        return make
    folder, empty = request.getfixturevalue("fast_folder"), request.getfixturevalue("empty_file")
    numbers = count()
    return lambda: str(shutil.copy(empty, folder / f"books_{next(numbers)}.sqlite"))


@pytest.fixture
def database(fresh_books: Callable[[], str]) -> str:
    """Where fresh books are."""
    return fresh_books()


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a commit waits for the disk, and there are thousands of them here."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """Fresh books."""
    opened = open_database(database)
    yield opened
    opened.dispose()


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    """A shop with fresh books, to which nobody has been."""
    return ShopLedger(engine)


@pytest.fixture
def basket() -> Basket:
    """What takes the mails of a postman."""
    return Basket()


@pytest.fixture
def server(engine: Engine) -> Iterator[str]:
    """The address of the HTTP API of the shop."""
    from retail_http import listening, retail_application  # imports half a web server

    with listening(retail_application(engine)) as address:
        yield address


@pytest.fixture(scope="module")
def retail_server() -> Iterator[RetailSystem]:
    """A retailer's system that takes webhooks."""
    with retail_system() as running:
        yield running


@pytest.fixture
def system(retail_server: RetailSystem, monkeypatch: pytest.MonkeyPatch) -> RetailSystem:
    """The same, as it was at first, and the secret that it shares with the shop."""
    monkeypatch.setenv("STOREGRAPH_WEBHOOK_SECRET", SECRET)
    for kept in (retail_server.told, retail_server.attempts, retail_server.answers, retail_server.refuses):
        kept.clear()
    return retail_server
