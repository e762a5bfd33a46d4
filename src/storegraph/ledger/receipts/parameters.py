"""What the kiosk's node is told; light, as every node's settings are read before it starts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KioskNodeSettings:
    """Where it listens, and whose receipts it is about.

    Attributes:
        kiosk: Address and port that the tablet in the shop asks, as `0.0.0.0:8082`. Where it is set, the node is
            started with the others.
        books: SQLite file, or URL of a PostgreSQL database; the same as the ledger's.
        receipts: YAML file of how receipts look, as `config/receipts.yaml`: the language that the page begins with.
    """

    kiosk: str = ""
    books: str = ""
    receipts: str = ""
