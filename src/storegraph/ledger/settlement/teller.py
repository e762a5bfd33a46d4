"""Tells the books of any store something at once, beside the stores' own nodes: by HTTP, or from pages."""

from __future__ import annotations

from threading import Lock

from sqlalchemy import Engine

from storegraph.ledger.errors import LedgerError
from storegraph.ledger.policy import Policy

from .inputs import Input
from .writer import Writer, Written


class Teller:
    """Writes inputs, one after the other, from any thread. What follows is taken up by the stores' nodes.

    Args:
        engine: The books.
        policy: Of the shops.
    """

    def __init__(self, engine: Engine, policy: Policy) -> None:
        self._engine = engine
        self._policy = policy
        self._writing = Lock()
        self._writers: dict[str, Writer] = {}

    @property
    def policy(self) -> Policy:
        """Of the shops."""
        return self._policy

    def tell(self, store: str, told: Input) -> Written:
        """Writes an input durably.

        Raises:
            LedgerError: It was refused.
        """
        with self._writing:
            writer = self._writers.get(store) or Writer(self._engine, store, self._policy, {})
            self._writers[store] = writer
            (result,) = writer.write([told])
        if isinstance(result, LedgerError):
            raise result
        return result
