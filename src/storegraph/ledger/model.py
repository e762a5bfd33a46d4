"""What the ledger keeps of a visit while it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """When the ledger decides.

    Attributes:
        sure: A line is charged without a person when its joint probability of who, what and action is at least this.
            0.9 is a first value, to be set from the calibration of attribution over whole suites of visits.
        settle_after: From leaving to the receipt, nanoseconds: the goods taken last must have been weighed. Weighing
            decides within a second of the scale's rest; 3 s leave room for a slow lift at the door.
    """

    sure: Annotated[float, Range(0.0, 1.0)] = 0.9
    settle_after: Annotated[int, Span(0.0, 3600.0)] = 3 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """Where the ledger's node keeps what has been settled.

    Attributes:
        archive: SQLite file for the receipts. Without one they are published and not kept.
    """

    archive: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One item in a cart.

    Attributes:
        gtin: As in the catalogue; empty for a product that the catalogue does not know.
        probability: That this shopper has it.
        doubt: Why a person should look; empty where sure.
    """

    gtin: str
    probability: float
    doubt: str


@dataclass(slots=True)
class Visit:
    """A shopper between entry and settlement.

    Attributes:
        visit_id: Unique in the store.
        shopper_id: Whose.
        party: Who pays together.
        entered: Nanoseconds since the Unix epoch.
        derived: Entry or exit were concluded rather than measured.
        doubt: Why nothing of this visit is charged without a person; empty where nothing is wrong.
        gate: Left through; empty while inside.
        left: Nanoseconds since the Unix epoch; None while inside.
        changed: When the cart was changed last, nanoseconds since the Unix epoch.
        units: What the shopper holds, in the order of taking.
    """

    visit_id: str
    shopper_id: str
    party: str
    entered: int
    derived: bool
    doubt: str = ""
    gate: str = ""
    left: int | None = None
    changed: int = 0
    units: list[Unit] = field(default_factory=list)
