"""What the ledger keeps of a visit while it lasts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

from storegraph.observations import Holding
from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """When the ledger decides.

    Attributes:
        sure: So many items of a product are charged without a person as those who pay together have with at least this
            probability; what they have with less than the rest of it is left out.
        settle_after: From leaving to the receipt, nanoseconds: the goods taken last must have been weighed. Weighing
            decides within a second of the scale's rest; 3 s leave room for a slow lift at the door.
    """

    sure: Annotated[float, Range(0.0, 1.0)] = 0.9
    settle_after: Annotated[int, Span(0.0, 3600.0)] = 3 * NANOSECONDS


@dataclass(slots=True)
class Visit:
    """A shopper between entry and settlement.

    Attributes:
        visit_id: Unique in the store.
        shopper_id: Whose.
        party: Who pays together; empty where somebody came in without a credential.
        entered: Nanoseconds since the Unix epoch.
        derived: Entry or exit were concluded rather than measured.
        doubt: Why nothing of this visit is charged without a person; empty where nothing is wrong.
        gate: Left through; empty while inside.
        left: Nanoseconds since the Unix epoch; None while inside.
        changed: When the cart was changed last, nanoseconds since the Unix epoch.
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

    @property
    def payer(self) -> str:
        """Under which name attribution tells what those who pay together hold."""
        return self.party or self.shopper_id


@dataclass(slots=True)
class Tab:
    """What those who pay together hold, and what of it is on receipts.

    Attributes:
        holdings: By GTIN, as they are known by now.
        charged: Items that are on receipts, by GTIN.
        doubted: Items in doubt that are on receipts, by GTIN.
        before: The tab that was closed when all of them had left, where one more came in; None for nobody.
    """

    holdings: dict[str, Holding] = field(default_factory=dict)
    charged: Counter[str] = field(default_factory=Counter)
    doubted: Counter[str] = field(default_factory=Counter)
    before: Tab | None = None

    def on_receipts(self, gtin: str) -> tuple[int, int]:
        """How many of what is held of a product are on receipts: charged, and in doubt.

        What those who left before had counts as long as the holding rests on an event that theirs rested on, too.
        """
        charged, doubted = self.charged[gtin], self.doubted[gtin]
        theirs = self.before.holdings.get(gtin) if self.before else None
        if self.before and theirs and not set(theirs.events).isdisjoint(self.holdings[gtin].events):
            charged, doubted = charged + self.before.charged[gtin], doubted + self.before.doubted[gtin]
        return charged, doubted

    def closed(self) -> Tab:
        """All that they have ever held and have on receipts."""
        if self.before is None:
            return self
        tab = Tab({**self.before.holdings, **self.holdings}, Counter(self.before.charged), Counter(self.before.doubted))
        for gtin in self.holdings:
            tab.charged[gtin], tab.doubted[gtin] = self.on_receipts(gtin)
        return tab
