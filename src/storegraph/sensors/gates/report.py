"""What a gate controller says of a passage, and the gate events it stands for.

A report is a JSON object:

    {"id": "7f3c9a", "time": "2026-03-01T10:15:30.250+01:00", "passage": "entry", "credential": "tok_Vb2k", "people": 2}

A controller may send a report again, after a cut link or a restart. The events are made from the report alone, so they
then have the same stamps and keys as before, and whoever has them already drops them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from storegraph.card_number import looks_like_card_number
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.errors import SensorError
from storegraph.units import NANOSECONDS

MILLISECOND = 1_000_000
"""Nanoseconds."""

MOST_PEOPLE = 50
"""On one credential, more than a gate lets through between two presentations of one."""

LONGEST = 4096
"""Bytes of a report, several times what its texts can take; more is not even read."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = 10**18
"""Nanoseconds in September 2001: a time in seconds, milliseconds or microseconds is less."""
_LATEST = 2**31 * NANOSECONDS
"""What the stamp of a message holds (`builtin_interfaces/Time`), nanoseconds."""


class ReportError(SensorError):
    """A report cannot be used; says why, and nothing of its content."""


def _epoch_time(time: object) -> int:
    """A report's time as nanoseconds since the Unix epoch."""
    if isinstance(time, str):
        try:
            moment = datetime.fromisoformat(time)
        except ValueError:
            raise ValueError("is no time of ISO 8601, such as 2026-03-01T10:15:30.250+01:00") from None
        if moment.tzinfo is None:
            raise ValueError("has no offset from UTC, such as Z or +01:00")
        time = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    if not isinstance(time, int) or isinstance(time, bool):
        raise ValueError("must be a text of ISO 8601, or a whole number of nanoseconds since the Unix epoch")
    if not _EARLIEST <= time < _LATEST:
        raise ValueError("lies before 2001 or after 2038; a number is taken as nanoseconds since the Unix epoch")
    return time


def _no_card_number(credential: str) -> str:
    if looks_like_card_number(credential):
        raise ValueError("looks like a card number; the controller must send a token in its place")
    return credential


EpochTime = Annotated[int, BeforeValidator(_epoch_time)]
"""Nanoseconds since the Unix epoch; may be written as ISO 8601 with an offset from UTC."""

Token = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,128}$"), AfterValidator(_no_card_number)]
"""Opaque, for the card or app presented: visible ASCII, and no card number."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""A controller's own for what it tells; the same whenever it tells that again."""

Told = TypeVar("Told", bound=BaseModel)


class GateReport(BaseModel):
    """One passage, as a gate controller tells it.

    Attributes:
        id: The controller's own for this passage, the same when it is sent again; any text.
        time: Of the passage, nanoseconds since the Unix epoch; may be written as ISO 8601 with an offset from UTC.
        passage: Which way.
        credential: Opaque token for the card or app presented, visible ASCII; empty where none was.
        people: How many went through together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    id: Id
    time: EpochTime
    passage: Literal["entry", "exit"]
    credential: Token = ""
    people: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] = 1


def gate_events(payload: bytes, gate: str, zone: ZoneInfo) -> tuple[GateEvent, ...]:
    """The gate events that a report stands for, one for each person, in the order of their stamps.

    A stamp is the report's time to the millisecond. What stands below is made from the report's id: some controllers
    tell time in whole seconds, in which two people pass, and equal stamps and keys would make one passage of two.

    Args:
        payload: The report, JSON in UTF-8.
        gate: Gate id, as in the store file.
        zone: The store's time zone.

    Raises:
        ReportError: It is no such object, or its credential looks like a card number.
    """
    report = read_told(payload, GateReport)
    distinct = int.from_bytes(blake2b(report.id.encode(), digest_size=8).digest()) % (MILLISECOND - MOST_PEOPLE)
    stamp = report.time - report.time % MILLISECOND + distinct
    passage = Passage[report.passage.upper()]
    return tuple(
        GateEvent(
            stamp=stamp + person,
            gate=gate,
            passage=passage,
            credential=report.credential if passage is Passage.ENTRY else "",
            party=_party(report.credential, stamp, zone),
            shopper_id="",
            derived=False,
        )
        for person in range(report.people)
    )


def read_told(payload: bytes, kind: type[Told]) -> Told:
    """What a controller tells, as an object of a kind.

    Args:
        payload: JSON in UTF-8.
        kind: Its model.

    Raises:
        ReportError: It is no such object.
    """
    if len(payload) > LONGEST:
        raise ReportError(f"is longer than {LONGEST} bytes")
    try:
        return kind.model_validate_json(payload)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        raise ReportError("; ".join(dict.fromkeys(_told(detail, kind) for detail in wrong))) from None


def _party(credential: str, stamp: int, zone: ZoneInfo) -> str:
    """Who pays together: the same on one day for one credential; empty where none was presented.

    The credential itself would stand on carts and receipts then, where others see it; and a party that does not change
    from day to day would join a person's visits.
    """
    if not credential:
        return ""
    day = datetime.fromtimestamp(stamp // NANOSECONDS, zone).date()
    return blake2b(f"{day} {credential}".encode(), digest_size=8).hexdigest()


def _told(detail: ErrorDetails, kind: type[BaseModel]) -> str:
    """What is wrong, without the report's content: a key that is not known is content, too."""
    if detail["type"] == "extra_forbidden":
        return f"has a key that is not known; keys are {', '.join(kind.model_fields)}"
    if detail["type"] == "missing":
        return f"{detail['loc'][0]} is missing"
    text = detail["msg"].removeprefix("Value error, ")
    return f"{detail['loc'][0]}: {text}" if detail["loc"] else text
