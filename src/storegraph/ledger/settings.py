"""Where the ledger's node keeps its books, who moves the money, and who mails the receipts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from storegraph.card_number import looks_like_card_number
from storegraph.settings import Range

from .errors import BooksError


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

    def refuse_card_numbers(self) -> None:
        """So that no file is named as a card, and no message repeats one. A path may hold a moment as long as one.

        Raises:
            BooksError: A setting is what may be a card number.
        """
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str) and "/" not in value and looks_like_card_number(value):
                raise BooksError(
                    f"parameter {each.name}: looks like a card number; if it is a file, give its folder, too"
                )
