"""Which of the retailer's systems are told of purchases, and where they ask. The file is YAML.

`config/retail.yaml` has every key with its default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from storegraph.ledger.errors import PolicyError
from storegraph.ledger.policy import Seconds
from storegraph.store.model import Part
from storegraph.store.part_file import load_part

Kind = Literal["purchase.settled", "purchase.corrected", "purchase.unpaid"]
"""What an endpoint can be told of."""


class Endpoint(Part):
    """A system that is told.

    Attributes:
        name: In the books and on the command line. Under another name it is another endpoint, and is told everything.
        url: Where messages are posted; `http` only on this machine itself.
        secret: Name of the environment variable that holds what signs them, `whsec_…`; never the secret.
        kinds: What it is told of.
        patience: Until it has not answered, seconds. The Standard Webhooks specification recommends 15 to 30.
        at_once: Messages under way at one time, each of another purchase.
        retry_after: Seconds from each failed attempt to the next; after the last one the message is dead. These are
            the Standard Webhooks specification's, 3 days in all.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    url: Annotated[str, Field(pattern=r"^(https://\S+|http://(localhost|127\.0\.0\.1|\[::1\])([:/]\S*)?)$")]
    secret: str = "STOREGRAPH_WEBHOOK_SECRET"
    kinds: tuple[Kind, ...] = ("purchase.settled", "purchase.corrected", "purchase.unpaid")
    patience: Annotated[float, Field(gt=0, le=60)] = 20.0
    at_once: Annotated[int, Field(ge=1, le=64)] = 8
    retry_after: tuple[Seconds, ...] = (
        *(5.0, 300.0, 1800.0, 7200.0, 18_000.0),
        *(36_000.0, 50_400.0, 72_000.0, 86_400.0),
    )


class Api(Part):
    """Where a running store answers questions by HTTP.

    Attributes:
        host: Address that it listens at; a proxy with TLS belongs before it.
        port: TCP; 0 takes a free one.
    """

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080


class RetailSettings(Part):
    """All of it.

    Attributes:
        endpoints: Each of them is told of every purchase, in its own time.
        api: Where a running store answers; None for nowhere. `storegraph retail serve` is told on its command line.
    """

    endpoints: tuple[Endpoint, ...] = ()
    api: Api | None = Api()

    @model_validator(mode="after")
    def _named_once(self) -> RetailSettings:
        names = [endpoint.name for endpoint in self.endpoints]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: is the name of more than one endpoint")
        return self


def load_retail_settings(path: Path) -> RetailSettings:
    """Reads the file.

    Raises:
        PolicyError: It cannot be read, or has problems; all are told at once.
    """
    return load_part(path, RetailSettings, PolicyError)
