"""Where the ledger's node keeps its books, who moves the money, and who mails the receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from storegraph.settings import Range


@dataclass(frozen=True, slots=True)
class BooksSettings:
    """The books of a live store.

    Attributes:
        books: SQLite file, or URL of a PostgreSQL database. Without it nothing is charged, and nothing is kept of it.
        policy: YAML file of what the shop has decided, as `config/ledger.yaml`. Without it, that file's values.
        provider: Who moves the money: `sandbox`, which moves none, or `stripe`, whose key is in the environment as
            STRIPE_API_KEY. Without one, what is to be asked waits in the books until there is one.
        provider_address: Of the provider, where it is not its usual one.
        payments_at_once: Questions to the provider under way at one time. It answers in some 300 ms: 8 are 25 a second,
            more than a store's exits.
        receipts: YAML file of how receipts look and travel, as `config/receipts.yaml`. Without it none is mailed by
            this node.
    """

    books: str = ""
    policy: str = ""
    provider: str = ""
    provider_address: str = ""
    payments_at_once: Annotated[int, Range(1, 64)] = 8
    receipts: str = ""
