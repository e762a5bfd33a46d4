"""Receipts that leave by mail: who bought, who sends them, and a basket they fall into."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from shop_ledger import BREAD, MINUTE, NINE, WATER, ShopLedger, line, receipt

from storegraph.ledger.receipts.addresses import Addresses
from storegraph.ledger.receipts.settings import Sender
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SECRET = b"a secret of this shop"
ANNA = "anna@example.org"
LEFT = NINE + 10 * MINUTE
SENDER = Sender(
    address=("Marktplatz 1", "12345 Irgendwo"),
    tax_number="DE 123456789",
    mail="bon@shop.example",
    link="https://shop.example",
)


class Basket:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def send(self, mail: EmailMessage) -> None:
        self.mails.append(mail)


def bought(shop: ShopLedger, visit: str = "s1", token: str = "tok_anna", address: str = "") -> None:
    """Two breads and a water, perhaps an address at the kiosk, and out."""
    shop.enter(visit, token)
    if address:
        Addresses(shop.engine, STORE.id).take(visit, address, NINE)
    shop.leave(receipt(visit, line(BREAD, 2), line(WATER)))


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content()
