"""The kiosk's page under ROS: it is there as long as the store runs.

It is no stage: it reads the books that the ledger's node writes, and notes addresses beside them. When it dies the
store goes on, and customers leave no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.managed import ManagedNode
from storegraph.ledger.books.database import open_database
from storegraph.ledger.errors import PolicyError
from storegraph.ledger.serving import Serving
from storegraph.store.model import Store

from .kiosk import Kiosk
from .parameters import KioskNodeSettings
from .settings import ReceiptSettings, load_receipt_settings

ADDRESS = re.compile(r"(?P<host>[^\s:\[\]]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})", re.ASCII)


class KioskNode(ManagedNode):
    """The page on which customers leave an address for their receipt."""

    def set_up(self, store: Store, settings: KioskNodeSettings) -> None:
        """Opens the books.

        Raises:
            LedgerError: A setting is missing or wrong.
        """
        self._address = _address(settings.kiosk)
        if not settings.books:
            raise PolicyError("parameter books is not set; it names the books that the ledger's node keeps")
        language = (load_receipt_settings(Path(settings.receipts)) if settings.receipts else ReceiptSettings()).language
        self._engine: Engine = open_database(settings.books)
        kiosk = Kiosk(self._engine, store, lambda: self.now, language)
        self._app = Starlette(routes=[kiosk.route()])

    def join(self) -> None:
        """Begins to answer as soon as the port can be had."""
        self._serving = Serving(self._app, *self._address)

    def leave(self) -> None:
        """Ends, after the answers that are under way."""
        self._serving.close()

    def clean_up(self) -> None:
        """Lets go of the books."""
        self._engine.dispose()

    def statuses(self) -> Iterator[Status]:
        """Where the page is."""
        url = self._serving.url
        yield Status(Level.OK if url else Level.ERROR, "page", f"answers at {url}" if url else self._serving.problem)


def _address(text: str) -> tuple[str, int]:
    """The address to listen at, and its port."""
    found = ADDRESS.fullmatch(text)
    if found is None or int(found["port"]) > 65535:
        raise PolicyError(f'parameter kiosk: "{text}" is no address and port; as in 0.0.0.0:8082')
    return found["host"].strip("[]"), int(found["port"])
