"""Keeps the carts, and settles a visit when its shopper has left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from storegraph.observations import (
    Action,
    Cart,
    CartLine,
    GateEvent,
    Hypothesis,
    Interaction,
    Observation,
    Passage,
    Receipt,
)
from storegraph.store.model import Store

from .model import LedgerSettings, Unit, Visit

LOST = "sensor data was lost during the visit"


class LedgerStage:
    """Carts from interactions and gate events; on exit a receipt.

    What is sure enough is charged; what is not becomes a line of its own with the doubt in words, for a person to
    decide. A shopper who was never seen to enter has a cart all the same, every line of it in doubt.

    Args:
        store: Prices and names.
        settings: When to decide.
    """

    def __init__(self, store: Store, settings: LedgerSettings = LedgerSettings()) -> None:
        self._currency = store.currency
        self._products = store.products()
        self._settings = settings
        self._visits: dict[str, Visit] = {}
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
                visit.units = [replace(unit, doubt=unit.doubt or LOST) for unit in visit.units]
                yield self._cart(max(stamp, visit.changed), visit)

    def finish(self) -> Iterator[Observation]:
        """Settles everybody who has left; who is still inside keeps an open cart."""
        while self._leaving:
            due, shopper_id = self._leaving.pop(0)
            yield self._settle(due, shopper_id)

    def _enter(self, event: GateEvent) -> Iterator[Observation]:
        if event.shopper_id and event.shopper_id not in self._visits:
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

    def _interact(self, interaction: Interaction) -> Iterator[Observation]:
        best = self._explanation(interaction)
        if best is None or not best.shopper_id:
            return
        visit = self._visits.get(best.shopper_id) or self._visit_without_entry(interaction, best.shopper_id)
        doubt = "" if best.probability >= self._settings.sure else _doubt(interaction)
        for item in best.items:
            if best.action is Action.TAKE:
                visit.units += [Unit(item.gtin, best.probability, visit.doubt or doubt)] * item.count
            else:
                for _ in range(item.count):
                    _give_back(visit, item.gtin, best.probability, doubt)
        yield self._cart(interaction.stamp, visit)

    def _explanation(self, interaction: Interaction) -> Hypothesis | None:
        """The likeliest explanation in which goods moved; None where it is sure that none did."""
        if interaction.action[Action.NONE] >= self._settings.sure:
            return None
        return next((each for each in interaction.hypotheses if each.action is not Action.NONE), None)

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
        visit = self._visits.pop(shopper_id)
        assert visit.left is not None
        return Receipt(
            stamp=due,
            visit_id=visit.visit_id,
            shopper_id=shopper_id,
            party=visit.party,
            gate=visit.gate,
            entered=visit.entered,
            left=visit.left,
            derived=visit.derived,
            lines=self._lines(visit),
            currency=self._currency,
            doubt=visit.doubt,
        )

    def _cart(self, stamp: int, visit: Visit) -> Cart:
        visit.changed = stamp
        return self._cart_of(visit)

    def _cart_of(self, visit: Visit) -> Cart:
        return Cart(visit.changed, visit.visit_id, visit.shopper_id, visit.party, self._lines(visit), self._currency)

    def _lines(self, visit: Visit) -> tuple[CartLine, ...]:
        """The units of a visit as lines: those of one product and one doubt together."""
        units = sorted(visit.units, key=lambda unit: (unit.gtin, unit.doubt))
        return tuple(
            self._line(gtin, doubt, list(group))
            for (gtin, doubt), group in groupby(units, key=lambda unit: (unit.gtin, unit.doubt))
        )

    def _line(self, gtin: str, doubt: str, units: list[Unit]) -> CartLine:
        product = self._products.get(gtin)
        price = product.price if product else None
        confidence = 1.0
        for unit in units:
            confidence *= unit.probability
        if not doubt and price is None:
            doubt = "the catalogue has no price" if product else "the catalogue does not know the product"
        return CartLine(gtin, product.name if product else "", len(units), price, confidence, doubt)


def _give_back(visit: Visit, gtin: str, probability: float, doubt: str) -> None:
    """Takes one item out of a cart, or marks it where that is not sure; what is in doubt already goes first."""
    held = [index for index, unit in enumerate(visit.units) if unit.gtin == gtin]
    if not held:
        return
    index = min(held, key=lambda index: (not visit.units[index].doubt, -index))
    if doubt:
        unit = visit.units[index]
        visit.units[index] = replace(
            unit, probability=unit.probability * (1 - probability), doubt=f"may have been put back: {doubt}"
        )
    else:
        del visit.units[index]


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
