"""What the books hold: facts, each written once and never changed.

A fact says what happened, not what follows from it; the moment stands in the entry around it. Facts hold no card token
and no address: a card is a number of the table `card`, from which its token can be erased without touching the chain.

A field may be added, with a default that says what was so before; a field or a kind is never renamed or taken away.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from .cards import CardErased, StandingChanged
from .days import DayClosed, TaxTotal, Totals
from .money import Action, CollectionResumed, DebtWrittenOff, PaidCash, Settled, StepBegun, StepEnded
from .verdicts import (
    AgeDecided,
    Claim,
    Corrected,
    Disputed,
    EventJudged,
    Expired,
    LineAdded,
    Reduced,
    Remainder,
    Returned,
    Reviewed,
)
from .visits import Abandoned, Admitted, CartChanged, CartItem, Denied, Entered, Left, Line, Payer, Recognised

__all__ = [
    "KINDS",
    "Abandoned",
    "Action",
    "Admitted",
    "AgeDecided",
    "CardErased",
    "CartChanged",
    "CartItem",
    "Claim",
    "CollectionResumed",
    "Corrected",
    "DayClosed",
    "DebtWrittenOff",
    "Denied",
    "Disputed",
    "Entered",
    "EventJudged",
    "Expired",
    "Fact",
    "Left",
    "Line",
    "LineAdded",
    "PaidCash",
    "Payer",
    "Recognised",
    "Reduced",
    "Remainder",
    "Returned",
    "Reviewed",
    "Settled",
    "StandingChanged",
    "StepBegun",
    "StepEnded",
    "TaxTotal",
    "Totals",
    "read",
    "written",
]

Fact = (
    Admitted
    | Denied
    | Abandoned
    | Entered
    | Recognised
    | CartChanged
    | Left
    | AgeDecided
    | Reviewed
    | Expired
    | Corrected
    | Disputed
    | Returned
    | Reduced
    | LineAdded
    | EventJudged
    | PaidCash
    | StepBegun
    | StepEnded
    | DebtWrittenOff
    | CollectionResumed
    | Settled
    | StandingChanged
    | CardErased
    | DayClosed
)

KINDS: dict[str, type[Fact]] = {kind.KIND: kind for kind in Fact.__args__}
"""Every kind of fact, by its name in the books."""


def _fields(part: Any) -> dict[str, Any]:
    """What a fact, or a part of one, consists of."""
    return {name: getattr(part, name) for name in part.__slots__}


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_fields)


def written(fact: Fact) -> str:
    """A fact as JSON: keys sorted, no spaces, not escaped; the same fact is always the same text."""
    return _JSON.encode(fact)


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Made when it is needed: making all of them takes a tenth of a second."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def read(kind: str, text: str) -> Fact:
    """The fact that was written.

    Raises:
        KeyError: There is no such kind.
        ValueError: The text is no fact of that kind.
    """
    fact: Fact = _adapter(KINDS[kind]).validate_json(text)
    return fact
