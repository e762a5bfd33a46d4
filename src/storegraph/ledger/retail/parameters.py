"""What the node for the retailer's systems is told; light, as every node's settings are read before it starts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetailNodeSettings:
    """Where it finds what to do.

    Attributes:
        retail: YAML file of which systems are told, and where they ask, as `config/retail.yaml`. Where it is set, the
            node is started with the others.
        books: SQLite file, or URL of a PostgreSQL database; the same as the ledger's.
        policy: YAML file of what the shop has decided, as `config/ledger.yaml`. Without it, that file's values.
        receipts: YAML file of how receipts look, as `config/receipts.yaml`: the language of the pages on which lines
            are disputed.
    """

    retail: str = ""
    books: str = ""
    policy: str = ""
    receipts: str = ""
