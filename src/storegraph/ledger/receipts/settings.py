"""What a shop's receipts look like and how they travel. The file is YAML; `config/receipts.yaml` has every key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from storegraph.ledger.errors import PolicyError
from storegraph.ledger.policy import Seconds
from storegraph.store.model import Part
from storegraph.store.part_file import load_part


class Sender(Part):
    """Who sells.

    Attributes:
        address: Lines below the store's name.
        tax_number: As the law of the place wants it on a receipt; may be empty.
        mail: What mails are from.
        link: Where the shop's pages are, for disputes; without it receipts have no links.
    """

    address: tuple[str, ...] = ()
    tax_number: str = ""
    mail: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] = "receipts@localhost"
    link: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""


class Postbox(Part):
    """The server that takes mails.

    Attributes:
        host: Name or address.
        port: 587 is where mail is handed in (RFC 6409).
        security: `starttls` (RFC 3207) or `tls` (RFC 8314); `none` only towards this machine itself.
        user: Empty for no login.
        password: Name of the environment variable that holds it; never the password.
        authority: File with the certificates to trust; empty for the system's.
        patience: Until the server has not answered, seconds.
        retry_after: Seconds from each failed attempt to the next; after the last one the mail has failed. RFC 5321,
            4.5.4.1, asks for at least 30 minutes between attempts and four to five days in all, once a server is
            known to be away; the first two are for one that hiccups.
    """

    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = "STOREGRAPH_SMTP_PASSWORD"
    authority: str = ""
    patience: Annotated[float, Field(gt=0, le=600)] = 10.0
    retry_after: tuple[Seconds, ...] = (10.0, 60.0, 1800.0, 7200.0, 21_600.0, 86_400.0, 86_400.0, 86_400.0)


class ReceiptSettings(Part):
    """All of it.

    Attributes:
        language: Of the shop's receipts.
        dispute_within: How long a line can be disputed by a link, seconds.
    """

    language: Literal["en", "de"] = "en"
    sender: Sender = Sender()
    smtp: Postbox = Postbox()
    dispute_within: Seconds = 30 * 86_400.0


def load_receipt_settings(path: Path) -> ReceiptSettings:
    """Reads the file.

    Raises:
        PolicyError: It cannot be read, or has problems; all are told at once.
    """
    return load_part(path, ReceiptSettings, PolicyError)
