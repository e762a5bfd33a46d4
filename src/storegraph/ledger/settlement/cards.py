"""Whose token it is, and what becomes of a card: that is a stream of its own, beside the bills."""

from __future__ import annotations

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import CardErased, Fact, Payer, StandingChanged
from storegraph.ledger.books.page import Page
from storegraph.ledger.books.record import CARD_STREAM
from storegraph.ledger.errors import RefusedError

from .inputs import EraseCard, Holder, OfCard, SetStanding, Standing
from .memory import Card, Memory


def holder_of(token: str, stamp: int, crew: tuple[str, ...], memory: Memory, page: Page) -> Holder:
    """Whose token it is; a token that is new gets a number.

    Args:
        token: Empty for none.
        stamp: When it was seen, nanoseconds since the Unix epoch.
        crew: What tokens of staff begin with.
        memory: What is known of cards.
        page: On which the card is noted.
    """
    if not token:
        return Holder()
    card = _seen(token, stamp, memory, page)
    staff = token.startswith(crew) or card.standing == Standing.CREW
    payer = Payer.CREW if staff else Payer.CASH if card.standing == Standing.GUEST else Payer.CARD
    blocked = "the card is blocked" if card.standing == Standing.BLOCKED else ""
    return Holder(card.card, payer, blocked, memory.debts.get(card.card, 0))


def decide_card(told: OfCard, memory: Memory, page: Page) -> tuple[Bill, tuple[Fact, ...]]:
    """What a card may do from now on, or that it was erased, is noted on the page.

    Returns:
        An empty bill named as the card's stream, and the facts; none where it was told before or changes nothing.

    Raises:
        RefusedError: A card that is not known, or still needed, was to be erased.
    """
    fact, stream = _erased(told, memory, page) if isinstance(told, EraseCard) else _changed(told, memory, page)
    if fact is None:
        return Bill(stream), ()
    keys = memory.card_keys[stream]
    keys.append(_key(told, fact.card))
    page.add(stream, len(keys), keys[-1], told.stamp, fact)
    return Bill(stream), (fact,)


def _key(told: OfCard, card: str) -> str:
    return f"{told.key}/{card}"


def _changed(told: SetStanding, memory: Memory, page: Page) -> tuple[StandingChanged | None, str]:
    card = _seen(told.token, told.stamp, memory, page)
    stream = f"{CARD_STREAM}{card.card}"
    keys = memory.card_keys.setdefault(stream, [])
    if _key(told, card.card) in keys or card.standing == told.standing:
        return None, stream
    card.standing = told.standing
    page.cards[card.card] = card.row()
    return StandingChanged(card.card, told.standing.value, told.by, told.reason), stream


def _erased(told: EraseCard, memory: Memory, page: Page) -> tuple[CardErased, str]:
    card = memory.cards.get(told.token)
    if card is None:
        raise RefusedError("the card is not known here; nothing is kept of it")
    debt = memory.debts.get(card.card)
    if debt:
        raise RefusedError(f"card {card.card}: {debt} are owed; collect them first")
    newest = memory.newest("card", card.card)
    if newest is not None and newest.state not in ("settled", "denied"):
        raise RefusedError(f"card {card.card}: bill {newest.bill} is {newest.state}; wait until it is settled")
    stream = f"{CARD_STREAM}{card.card}"
    memory.card_keys.setdefault(stream, [])
    del memory.cards[told.token]
    page.cards[card.card] = {**card.row(), "token": None}
    return CardErased(card.card), stream


def _seen(token: str, stamp: int, memory: Memory, page: Page) -> Card:
    card = memory.cards.get(token)
    if card is None:
        page.cards_given += 1
        card = memory.cards[token] = Card(str(page.cards_given), token, Standing.OPEN, stamp, stamp)
    card.last_seen = max(card.last_seen, stamp)
    page.cards[card.card] = card.row()
    return card
