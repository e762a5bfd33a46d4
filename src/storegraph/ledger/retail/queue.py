"""What waits for a person, as a system is told that asks: the review's queue, with its evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from storegraph.ledger.review.queue import case_to_json, cases

from .purchase import Count, Published, moment

Probability = Annotated[float, Field(ge=0, le=1)]
Stamp = Annotated[int, Field(description="Nanoseconds since the Unix epoch, as in a recording.")]
ItemCounts = Annotated[dict[str, int], Field(description="By GTIN; an empty one is a product nobody knows.")]


class Curves(Published):
    """Where in a recording a weight event is."""

    topic: str
    begin: Stamp
    end: Stamp


class PossibleShopper(Published):
    """Somebody who may have done it."""

    shopper: Annotated[str, Field(description="Empty for nobody who was tracked.")]
    probability: Probability
    hand_distance: Annotated[float | None, Field(description="Of the nearer hand from the scale, metres.")]


class PossibleItems(Published):
    """What may have been moved."""

    items: ItemCounts
    probability: Probability


class Alternative(Published):
    """A whole explanation of a weight event."""

    shopper: str
    action: str
    items: ItemCounts
    probability: Probability


class EvidenceEvent(Published):
    """A weight event that a line rests on, and what the graph made of it."""

    event: str
    curves: Curves
    fixture: str
    scales: tuple[str, ...]
    grams: float
    sigma: Annotated[float, Field(description="Standard error of `grams`.")]
    who: tuple[PossibleShopper, ...]
    what: tuple[PossibleItems, ...]
    action: Annotated[dict[str, Probability], Field(description="By action.")]
    alternatives: tuple[Alternative, ...]


class GoodsInQuestion(Published):
    """What a task is about, as it stands."""

    gtin: str
    name: str
    unit_price: Annotated[int | None, Field(description="Of one, minor units.")]
    count: Count
    waiting: Count
    charged: Count
    confidence: Probability
    doubt: str


class OpenTask(Published):
    """Something that waits for a person."""

    id: str
    kind: str
    purchase: str
    state: Annotated[str, Field(description="Of the purchase.")]
    visit: str
    line: Annotated[str, Field(description="Which; empty where it is about the whole visit or purchase.")]
    deadline: datetime | None
    told: Annotated[str, Field(description="Why, in words.")]
    goods: GoodsInQuestion | None
    counts: Annotated[
        tuple[Probability, ...] | None,
        Field(description="That they hold none, one, two and so on; null where no evidence is kept."),
    ]
    events: tuple[EvidenceEvent, ...]


class OpenTasks(Published):
    """All that waits for a person, by deadline; what has none comes last."""

    tasks: tuple[OpenTask, ...]


class TaskFilter(Published):
    """Which tasks are asked for."""

    about: Annotated[str, Field(description="Only of this line, visit or purchase; empty for all.")] = ""


def open_tasks(connection: Connection, store: str, wanted: TaskFilter) -> OpenTasks:
    """What waits for a person."""
    return OpenTasks(tasks=tuple(_task(case_to_json(case)) for case in cases(connection, store, wanted.about)))


def _task(case: dict[str, Any]) -> OpenTask:
    same = {name: case[name] for name in ("kind", "state", "visit", "line", "told", "goods", "counts", "events")}
    return OpenTask(id=case["task"], purchase=case["bill"], deadline=moment(case["deadline"]), **same)
