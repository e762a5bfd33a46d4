"""What a node was told, on disk: so that one that dies goes on where it was.

A journal holds a snapshot of the node's operator and every input since. A node that starts again takes the snapshot, is
told the inputs once more, and is where it was; what it publishes twice on the way carries the same stamps and keys, and
is dropped by those who have it already.
"""

from __future__ import annotations

import pickle
import sqlite3
from pathlib import Path

from storegraph.errors import StoregraphError

from .bag import BagMessage
from .operator import Operator

SCHEMA = """
CREATE TABLE IF NOT EXISTS input (number INTEGER PRIMARY KEY, topic TEXT NOT NULL, log_time INTEGER NOT NULL,
                                  message_type TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS snapshot (version TEXT PRIMARY KEY, operator BLOB NOT NULL) STRICT;
"""


class JournalError(StoregraphError):
    """A journal cannot be used."""


class Journal:
    """The inputs of one node. They survive the death of the process, though not of the machine.

    Args:
        path: The SQLite file; made where it is not there.
        version: Of code and store file. What another version has left is of no use and is dropped.
        snapshot_every: Inputs after which a snapshot replaces them.

    Raises:
        JournalError: The file cannot be used.
    """

    def __init__(self, path: Path, version: str, snapshot_every: int = 1000) -> None:
        self.path = path
        self._version = version
        self._snapshot_every = snapshot_every
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A node is called from one thread after the other, never from two at once.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {SCHEMA}")
            versions = {version for (version,) in self._connection.execute("SELECT version FROM snapshot")}
            if versions - {version}:
                self._connection.executescript("DELETE FROM snapshot; DELETE FROM input;")
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"{path}: cannot be used as a journal: {error}") from error
        (self._count,) = self._connection.execute("SELECT count(*) FROM input").fetchone()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def recover(self, fresh: Operator) -> tuple[Operator, list[BagMessage]]:
        """The operator as it was last kept, or the fresh one, and the inputs it has been told since, in their order."""
        kept = self._connection.execute("SELECT operator FROM snapshot WHERE version = ?", (self._version,)).fetchone()
        rows = self._connection.execute("SELECT topic, log_time, message_type, data FROM input ORDER BY number")
        inputs = [BagMessage(*row) for row in rows]
        if kept is None:
            self.keep(fresh)
            return fresh, []
        operator: Operator = pickle.loads(kept[0])
        return operator, inputs

    def append(self, message: BagMessage) -> None:
        """Notes an input, before the operator is told."""
        row = (message.topic, message.log_time, message.message_type, message.data)
        self._connection.execute("INSERT INTO input (topic, log_time, message_type, data) VALUES (?, ?, ?, ?)", row)
        self._count += 1

    @property
    def long(self) -> bool:
        """Whether it is time to `keep` the operator."""
        return int(self._count) >= self._snapshot_every

    def keep(self, operator: Operator) -> None:
        """Replaces the inputs by the operator that has been told them, in one step."""
        snapshot = pickle.dumps(operator, protocol=pickle.HIGHEST_PROTOCOL)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("DELETE FROM input")
        self._connection.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?)", (self._version, snapshot))
        self._connection.execute("COMMIT")
        self._count = 0
