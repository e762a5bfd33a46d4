"""Gates that ask before they open: what they ask, what they are told, and until when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from .model import GateSettings
from .report import EpochTime, Id, Token, read_told

ANSWERS = ("admit", "deny")
"""What a gate may do that gets no answer."""


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """Somebody stands at a gate.

    Attributes:
        stamp: When they presented a card or app, nanoseconds since the Unix epoch.
        gate: Gate id.
        request: The controller's own, the same when it asks again.
        token: Opaque, of the card or app; never a card number.
    """

    stamp: int
    gate: str
    request: str
    token: str


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """What the gate is told.

    Attributes:
        allowed: Open it.
        reason: Why not, or why although; for staff, not for who stands there.
        code: By which the visit is found at the kiosk; empty for none.
    """

    allowed: bool
    reason: str = ""
    code: str = ""


class _Question(BaseModel):
    """A request as a controller tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    id: Id
    time: EpochTime
    credential: Annotated[Token, StringConstraints(min_length=1)]


def entry_request(payload: bytes, gate: str) -> EntryRequest:
    """The request that a controller tells.

    Args:
        payload: JSON in UTF-8.
        gate: Gate id, as in the store file.

    Raises:
        ReportError: It is no such object, or its credential looks like a card number.
    """
    told = read_told(payload, _Question)
    return EntryRequest(told.time, gate, told.id, told.credential)


def answer_payload(request: EntryRequest, answer: EntryAnswer) -> bytes:
    """An answer as the controller is told it, JSON in UTF-8; the reason is none of the gate's display."""
    return json.dumps({"id": request.request, "open": answer.allowed, "code": answer.code}).encode()


class Waiting:
    """Those who stand at the gates. The ledger is asked about each until it has decided, but not for ever.

    Args:
        settings: Until when, and what then.
    """

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._since: dict[EntryRequest, int] = {}
        self._under_way: set[EntryRequest] = set()

    def take(self, request: EntryRequest, now: int) -> None:
        """Somebody has come; who asks again is there already."""
        self._since.setdefault(request, now)

    def to_ask(self) -> list[EntryRequest]:
        """Those about whom the ledger is to be asked now."""
        return [request for request in self._since if request not in self._under_way]

    def asked(self, request: EntryRequest) -> None:
        """The ledger is being asked about somebody."""
        self._under_way.add(request)

    def undecided(self, request: EntryRequest) -> None:
        """The ledger does not know yet, or could not be asked; it is asked again."""
        self._under_way.discard(request)

    def decided(self, request: EntryRequest) -> bool:
        """The ledger has decided; whether anybody still waits for that."""
        self._under_way.discard(request)
        return self._since.pop(request, None) is not None

    def overdue(self, now: int) -> Iterator[tuple[EntryRequest, EntryAnswer]]:
        """Those who have waited long enough, and what they are told."""
        late = [each for each, since in self._since.items() if now - since >= self._settings.answer_within]
        for request in late:
            self.decided(request)
            admitted = self._settings.when_unanswered == "admit"
            yield request, EntryAnswer(admitted, "the ledger does not answer")
