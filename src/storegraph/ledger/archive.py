"""Settled visits on disk: one SQLite transaction a visit."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from storegraph.errors import StoregraphError
from storegraph.observations import CartLine, Receipt

SCHEMA = """
CREATE TABLE visit (
    visit_id TEXT PRIMARY KEY,
    shopper_id TEXT NOT NULL,
    party TEXT NOT NULL,
    gate TEXT NOT NULL,
    entered INTEGER NOT NULL,     -- nanoseconds since the Unix epoch, as left and settled
    left INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    derived INTEGER NOT NULL,     -- 0 or 1
    currency TEXT NOT NULL,       -- ISO 4217
    total INTEGER NOT NULL,       -- minor units, as in_doubt and unit_price
    in_doubt INTEGER NOT NULL,
    doubt TEXT NOT NULL           -- why a person should look at the visit; empty where nothing is wrong
) STRICT;
CREATE TABLE line (
    visit_id TEXT NOT NULL REFERENCES visit,
    position INTEGER NOT NULL,
    gtin TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0),
    unit_price INTEGER,           -- NULL where the catalogue has none
    confidence REAL NOT NULL,
    doubt TEXT NOT NULL,
    PRIMARY KEY (visit_id, position)
) STRICT;
"""


class ArchiveError(StoregraphError):
    """The archive cannot be opened, or a visit contradicts what was archived before."""


class VisitArchive:
    """Keeps receipts. Recording the same receipt twice is recording it once.

    Args:
        path: The SQLite file; made where it is not there.
        durable: Whether a recorded visit survives a power failure. A replay, which can be computed again, does
            without the wait for the disk with every visit.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A node is called from one thread after the other, never from two at once.
            self._connection = sqlite3.connect(path, check_same_thread=False)
            self._connection.execute("PRAGMA foreign_keys = ON")
            if not durable:
                self._connection.execute("PRAGMA synchronous = OFF")
                self._connection.execute("PRAGMA journal_mode = MEMORY")
            if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'visit'").fetchone():
                self._connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{path}: cannot be used as a ledger: {error}") from error

    def __enter__(self) -> Self:
        """The archive itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the file."""
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def record(self, receipt: Receipt) -> None:
        """Keeps a receipt, whole or not at all.

        Raises:
            ArchiveError: The visit was recorded before with another content, or the file cannot be written.
        """
        visit = {
            "visit_id": receipt.visit_id,
            "shopper_id": receipt.shopper_id,
            "party": receipt.party,
            "gate": receipt.gate,
            "entered": receipt.entered,
            "left": receipt.left,
            "settled": receipt.stamp,
            "derived": int(receipt.derived),
            "currency": receipt.currency,
            "total": receipt.total,
            "in_doubt": receipt.in_doubt,
            "doubt": receipt.doubt,
        }
        lines = [
            {"visit_id": receipt.visit_id, "position": position, **asdict(line)}
            for position, line in enumerate(receipt.lines)
        ]
        try:
            with self._connection:
                if self._recorded(receipt.visit_id) == (
                    tuple(visit.values()),
                    [tuple(line.values()) for line in lines],
                ):
                    return
                self._insert("visit", [visit])
                self._insert("line", lines)
        except sqlite3.IntegrityError as error:
            raise ArchiveError(
                f"{self.path}: visit {receipt.visit_id} was settled before, differently: {error}"
            ) from error
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: visit {receipt.visit_id} cannot be recorded: {error}") from error

    def find(self, visit_id: str) -> Receipt | None:
        """The receipt of a visit; None where it is not recorded.

        Raises:
            ArchiveError: The file cannot be read.
        """
        try:
            visit, lines = self._recorded(visit_id)
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: visit {visit_id} cannot be read: {error}") from error
        return None if visit is None else _receipt(visit, lines)

    def _recorded(self, visit_id: str) -> tuple[tuple[Any, ...] | None, list[tuple[Any, ...]]]:
        visit = self._connection.execute("SELECT * FROM visit WHERE visit_id = ?", (visit_id,)).fetchone()
        lines = self._connection.execute(
            "SELECT * FROM line WHERE visit_id = ? ORDER BY position", (visit_id,)
        ).fetchall()
        return visit, lines

    def _insert(self, table: str, rows: list[dict[str, object]]) -> None:
        if rows:
            names = ", ".join(rows[0])
            places = ", ".join(f":{name}" for name in rows[0])
            self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


def _receipt(visit: tuple[Any, ...], lines: list[tuple[Any, ...]]) -> Receipt:
    """A receipt from its rows, their columns in the order of the schema."""
    visit_id, shopper_id, party, gate, entered, left, settled, derived, currency, _, _, doubt = visit
    return Receipt(
        stamp=settled,
        visit_id=visit_id,
        shopper_id=shopper_id,
        party=party,
        gate=gate,
        entered=entered,
        left=left,
        derived=bool(derived),
        lines=tuple(CartLine(*columns) for _, _, *columns in lines),
        currency=currency,
        doubt=doubt,
    )
