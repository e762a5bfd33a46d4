"""Keeps the carts, and settles a visit when its shopper has left."""

from __future__ import annotations

from collections.abc import Iterator

from storegraph.observations import (
    Action,
    Cart,
    CartLine,
    GateEvent,
    Holding,
    Interaction,
    Observation,
    Passage,
    Receipt,
)
from storegraph.store.model import Store

from .model import LedgerSettings, Tab, Visit

REMEMBERED = 1000
"""Payers whose receipts were settled last: what is told of them later opens no new visit."""

LOST = "sensor data was lost during the visit"


class LedgerStage:
    """Carts from interactions and gate events; on exit a receipt.

    What those who pay together hold is a distribution over counts, product by product. The count that is sure is
    charged; each item more that is not sure becomes a line of its own with its probability and the doubt in words, for
    a person to decide. Who of a party
    has something is no doubt: it stands on the receipt of the one who more likely has it, once. A shopper who was never
    seen to enter has a cart all the same, every line of it in doubt.

    Args:
        store: Prices and names.
        settings: When to decide.
    """

    def __init__(self, store: Store, settings: LedgerSettings = LedgerSettings()) -> None:
        self._currency = store.currency
        self._products = store.products()
        self._settings = settings
        self._visits: dict[str, Visit] = {}
        self._tabs: dict[str, Tab] = {}
        self._told: dict[str, Interaction] = {}
        self._closed: dict[str, Tab] = {}
        self._leaving: list[tuple[int, str]] = []

    @property
    def open_visits(self) -> tuple[Visit, ...]:
        """Visits that have not been settled."""
        return tuple(self._visits.values())

    def cart(self, shopper_id: str) -> Cart | None:
        """What a shopper holds now; None for one who has no open visit."""
        visit = self._visits.get(shopper_id)
        return None if visit is None else self._cart_of(visit)

    def process(self, observation: Interaction | GateEvent) -> Iterator[Observation]:
        """Takes the next interaction or gate event; gives the carts it changes."""
        match observation:
            case GateEvent(passage=Passage.ENTRY):
                yield from self._enter(observation)
            case GateEvent(passage=Passage.EXIT):
                self._leave(observation)
            case Interaction():
                yield from self._interact(observation)

    def advance(self, stamp: int) -> Iterator[Observation]:
        """Settles the visits that were due before `stamp`."""
        while self._leaving and self._leaving[0][0] < stamp:
            due, shopper_id = self._leaving.pop(0)
            yield self._settle(due, shopper_id)

    def doubt(self, stamp: int) -> Iterator[Observation]:
        """Sensor data was lost: nothing of the visits in progress is charged before a person has looked."""
        for visit in self._visits.values():
            if LOST not in visit.doubt:
                visit.doubt = f"{visit.doubt}; {LOST}" if visit.doubt else LOST
                yield self._cart(max(stamp, visit.changed), visit)

    def finish(self) -> Iterator[Observation]:
        """Settles everybody who has left; who is still inside keeps an open cart."""
        while self._leaving:
            due, shopper_id = self._leaving.pop(0)
            yield self._settle(due, shopper_id)

    # ---- Visits ------------------------------------------------------------------------------------------------------

    def _enter(self, event: GateEvent) -> Iterator[Observation]:
        if event.shopper_id and event.shopper_id not in self._visits:
            before = self._closed.pop(event.party or event.shopper_id, None)
            if before is not None:
                self._tabs[event.party or event.shopper_id] = Tab(before=before)
            visit = self._visits[event.shopper_id] = Visit(
                visit_id=f"{event.shopper_id}@{event.stamp}",
                shopper_id=event.shopper_id,
                party=event.party,
                entered=event.stamp,
                derived=event.derived,
            )
            yield self._cart(event.stamp, visit)

    def _leave(self, event: GateEvent) -> None:
        visit = self._visits.get(event.shopper_id)
        if visit is not None and visit.left is None:
            visit.left, visit.gate = event.stamp, event.gate
            visit.derived = visit.derived or event.derived
            self._leaving.append((event.stamp + self._settings.settle_after, event.shopper_id))

    def _visit_without_entry(self, interaction: Interaction, shopper_id: str) -> Visit:
        visit = self._visits[shopper_id] = Visit(
            visit_id=f"{shopper_id}@{interaction.begin}",
            shopper_id=shopper_id,
            party="",
            entered=interaction.begin,
            derived=True,
            doubt="the shopper was not seen to enter",
        )
        return visit

    def _settle(self, due: int, shopper_id: str) -> Receipt:
        lines = self._lines(self._visits[shopper_id])
        visit = self._visits.pop(shopper_id)
        assert visit.left is not None
        self._book(visit, lines)
        return Receipt(
            stamp=due,
            visit_id=visit.visit_id,
            shopper_id=shopper_id,
            party=visit.party,
            gate=visit.gate,
            entered=visit.entered,
            left=visit.left,
            derived=visit.derived,
            lines=lines,
            currency=self._currency,
            doubt=visit.doubt,
        )

    def _book(self, visit: Visit, lines: tuple[CartLine, ...]) -> None:
        """Notes what is on a receipt; when the last of a party has left, their tab is closed."""
        tab = self._tabs.get(visit.payer, Tab())
        for line in lines:
            (tab.doubted if line.doubt else tab.charged)[line.gtin] += line.count
        if not self._together(visit.payer):
            self._close(visit.payer, tab)

    def _close(self, payer: str, tab: Tab) -> None:
        """Attribution may tell of what they hold for some time yet, and until then also to one more who comes in."""
        self._tabs.pop(payer, None)
        self._closed[payer] = tab.closed()
        while len(self._closed) > REMEMBERED:
            del self._closed[next(iter(self._closed))]
        needed = {event for tab in self._tabs.values() for each in tab.holdings.values() for event in each.events}
        self._told = {event_id: told for event_id, told in self._told.items() if event_id in needed}

    # ---- What they hold ----------------------------------------------------------------------------------------------

    def _interact(self, interaction: Interaction) -> Iterator[Observation]:
        self._told[interaction.event_id] = interaction
        changed: dict[str, Visit] = {}
        for holding in interaction.holdings:
            members = self._together(holding.party)
            if not members and holding.at_least(1) > 1 - self._settings.sure and self._unknown(holding):
                members = [self._visit_without_entry(interaction, holding.party)]
            if members:
                tab = self._tabs.setdefault(holding.party, Tab())
                tab.holdings[holding.gtin] = holding
                changed.update((visit.shopper_id, visit) for visit in members)
        for visit in changed.values():
            yield self._cart(interaction.stamp, visit)

    def _unknown(self, holding: Holding) -> bool:
        """Whether nobody of them was seen to enter, or to leave."""
        return holding.party not in self._closed

    def _together(self, payer: str) -> list[Visit]:
        """The open visits of those who pay together."""
        return [visit for visit in self._visits.values() if visit.payer == payer]

    def _cart(self, stamp: int, visit: Visit) -> Cart:
        visit.changed = stamp
        return self._cart_of(visit)

    def _cart_of(self, visit: Visit) -> Cart:
        return Cart(visit.changed, visit.visit_id, visit.shopper_id, visit.party, self._lines(visit), self._currency)

    def _lines(self, visit: Visit) -> tuple[CartLine, ...]:
        """What a visit has to pay for, and what may have to be paid for: by GTIN, the sure before the doubtful."""
        tab = self._tabs.get(visit.payer)
        return tuple(line for gtin in sorted(tab.holdings) for line in self._lines_of(visit, tab, gtin)) if tab else ()

    def _lines_of(self, visit: Visit, tab: Tab, gtin: str) -> Iterator[CartLine]:
        holding = tab.holdings[gtin]
        sure = holding.most(self._settings.sure)
        possible = holding.most(1 - self._settings.sure)
        paid, asked = tab.on_receipts(gtin)
        new = possible - paid - asked  # on no receipt, whatever becomes of what is in doubt
        resolved = min(asked, self._had_by_those_who_left(visit, holding, paid))
        to_charge = max(min(sure - paid, new), sure - paid - resolved, 0)
        to_doubt = max(new - to_charge, 0)
        theirs = self._dealt(visit, holding, to_charge + to_doubt)
        charged = sum(index < to_charge for index in theirs)
        product = self._products.get(gtin)
        name, price = (product.name, product.price) if product else ("", None)
        if charged:
            doubt = visit.doubt
            if not doubt and price is None:
                doubt = "the catalogue has no price" if product else "the catalogue does not know the product"
            yield CartLine(gtin, name, charged, price, holding.at_least(sure), doubt)
        for index in theirs[charged:]:
            item = possible - to_doubt + index - to_charge + 1
            doubt = self._why(holding) if to_doubt == 1 else f"item {item}: {self._why(holding)}"
            yield CartLine(gtin, name, 1, price, holding.at_least(item), doubt)

    def _had_by_those_who_left(self, visit: Visit, holding: Holding, paid: int) -> int:
        """How many items of a holding those have who left, beside those charged to them.

        What was in doubt when they left, and is not any more, stands on their receipts for a person to decide.
        """
        inside = {each.shopper_id for each in self._together(visit.payer)}
        gone = sum(share.expected for share in holding.shares if share.shopper_id not in inside)
        return max(round(gone) - paid, 0)

    def _dealt(self, visit: Visit, holding: Holding, items: int) -> list[int]:
        """Which of some items, counted from none, are a visit's: each is given to who more likely has one more."""
        members = sorted(each.shopper_id for each in self._together(holding.party))
        left = {share.shopper_id: share.expected for share in holding.shares}
        theirs = []
        for item in range(items):
            taker = max(members, key=lambda member: left.get(member, 0.0))
            left[taker] = left.get(taker, 0.0) - 1
            if taker == visit.shopper_id:
                theirs.append(item)
        return theirs

    def _why(self, holding: Holding) -> str:
        """What is least sure of what a holding rests on, in words."""
        told = [self._told[event_id] for event_id in holding.events if event_id in self._told]
        if not told:
            return "it is not sure how many were taken"
        least = min(told, key=lambda interaction: interaction.hypotheses[0].probability)
        put_back = least.hypotheses[0].action is Action.PUT_BACK
        return ("may have been put back: " if put_back else "") + _doubt(least)


def _doubt(interaction: Interaction) -> str:
    """The alternatives of an interaction in words, the most doubtful question first."""
    action = [(name.name.lower().replace("_", " "), interaction.action[name]) for name in Action]
    questions = {
        "who": [(who.shopper_id or "nobody seen", who.probability) for who in interaction.who],
        "what": [
            (
                " + ".join(f"{item.count} x {item.gtin or 'unknown'}" for item in what.items) or "nothing",
                what.probability,
            )
            for what in interaction.what
        ],
        "action": sorted(action, key=lambda answer: -answer[1]),
    }
    name, answers = min(questions.items(), key=lambda question: question[1][0][1])
    return f"{name}: " + ", ".join(f"{answer} {probability:.0%}" for answer, probability in answers[:3])
