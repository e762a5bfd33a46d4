"""The database that holds the books: SQLite by default, PostgreSQL by URL for many stores in one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from storegraph.ledger.errors import BooksError

VERSION = max(path.stem for path in (Path(__file__).parent / "migrations" / "versions").glob("v*.py"))[1:]
"""Of the newest migration. Alembic knows it, too, but takes a second to load."""

BUSY_TIMEOUT = 30.0
"""Seconds that a process waits for another one that writes to the same SQLite file."""


def open_database(where: str | Path) -> Engine:
    """Opens the books, and makes or upgrades their tables.

    Args:
        where: A path, for SQLite; or a URL such as `postgresql://ledger@db.example/chain`.

    Raises:
        BooksError: It cannot be opened, or is of a newer version.
    """
    url = _url(where)
    try:
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() == "postgresql", **_arguments(url))
        if url.get_backend_name() == "sqlite":
            Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
            _prepare_sqlite(engine)
        version = _version(engine)
        if version is None or version < VERSION:
            _upgrade(engine)
    except (OSError, sqlite3.Error, SQLAlchemyError, ArgumentError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise BooksError(f"{url.render_as_string(hide_password=True)}: cannot be used as books: {reason}") from error
    if version is not None and version > VERSION:
        told = url.render_as_string(hide_password=True)
        raise BooksError(f"{told}: has tables of version {version}, newer than {VERSION}; install a newer Storegraph")
    return engine


def _version(engine: Engine) -> str | None:
    """Of the tables; None where there are none."""
    with engine.connect().execution_options(reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        return None if version is None else str(version)


def _upgrade(engine: Engine) -> None:
    """Brings the tables to the newest version, in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storegraph.ledger.books:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _url(where: str | Path) -> URL:
    text = str(where)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise BooksError(f"{text}: is no database URL; as in postgresql://user@host/name") from error
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise BooksError(f"{url.get_backend_name()}: is no database of the ledger; it takes sqlite and postgresql")
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def _arguments(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT, "check_same_thread": False}}
    return {"paramstyle": "format"}  # values by place, as SQLite takes them


def _prepare_sqlite(engine: Engine) -> None:
    """A commit is on the disk when it returns, readers do not wait, and who writes locks before they read.

    The second is what SQLAlchemy's documentation calls "Serializable isolation / Savepoints / Transactional DDL": the
    driver's own way of beginning transactions would begin them at the first write, after what it is based on was read.
    """

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what was erased is not left in the file

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
