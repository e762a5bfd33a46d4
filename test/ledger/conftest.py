"""Books in SQLite and in PostgreSQL: the same tests run on both."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from storegraph.ledger.books.database import open_database

CLUSTER_OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "autovacuum=off")
"""A socket in the cluster's own folder, and no waiting for the disk: these tests kill shops, not the database."""

PATIENCE = 60.0
"""Seconds until a server that should be there is not."""

_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:] or [Path(shutil.which("pg_ctl") or "none").parent]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, without a database's name."""
    binaries = _POSTGRES[0]
    if not (binaries / "initdb").exists():
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="storegraph-postgres-") as folder:
        owner = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
        if owner:
            shutil.chown(folder, owner)
        cluster = Path(folder) / "cluster"

        def run(*command: str) -> None:
            subprocess.run(command, check=True, capture_output=True, timeout=60, user=owner, cwd=folder)

        run(str(binaries / "initdb"), "-D", str(cluster), "-U", "ledger", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = [*CLUSTER_OPTIONS, "-c", f"unix_socket_directories={folder}"]
        command = [str(binaries / "postgres"), "-D", str(cluster), *options]
        log = (Path(folder) / "log").open("wb")
        with log, subprocess.Popen(command, stderr=log, user=owner, cwd=folder) as server:
            try:
                url = f"postgresql://ledger@/{{}}?host={folder}"
                wait_for(url)
                yield url
            finally:
                server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept


def wait_for(server: str) -> None:
    """Waits until a server takes connections."""
    engine = create_engine(server.format("postgres").replace("://", "+psycopg://"), poolclass=NullPool)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            engine.connect().close()
        except OperationalError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


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
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where fresh books are: a file, or a database of its own on the server."""
    if request.param == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("make_database")
        return make()
    path = tmp_path / "books.sqlite"
    shutil.copy(request.getfixturevalue("empty_file"), path)
    return str(path)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """Fresh books."""
    opened = open_database(database)
    yield opened
    opened.dispose()
