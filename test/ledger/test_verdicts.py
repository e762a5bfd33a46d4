"""What people find out about weight events is found in the books by whoever tells it to the graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from shop_ledger import NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine, event

from storegraph.ledger.books.facts import EventJudged
from storegraph.ledger.review.verdicts import NewVerdicts
from storegraph.ledger.settlement.inputs import Enter, JudgeEvent


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    """One that somebody has left with something."""
    shop = ShopLedger(engine)
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 1, "who")))
    return shop


def judge(shop: ShopLedger, number: int) -> None:
    shop.tell(JudgeEvent(NINE, f"r{number}", "1/0", f"e{number}", "1", "take", ((WATER.gtin, 1),), "anna"))


@contextmanager
def positions_asked_for(engine: Engine) -> Iterator[list[tuple[int, int]]]:
    """From where to where the chain is looked through."""
    asked: list[tuple[int, int]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def executed(_: object, __: object, text: str, parameters: tuple, ___: object, ____: bool) -> None:
        if "BETWEEN" in text:
            asked.append(tuple(value for value in parameters if isinstance(value, int)))

    yield asked
    event.remove(engine, "before_cursor_execute", executed)


def test_every_verdict_is_told_once_in_the_order_of_the_books(shop: ShopLedger) -> None:
    judge(shop, 0)
    new = NewVerdicts(shop.engine, "corner")
    assert new.read() == []  # what was judged before it began was told by the node before
    judge(shop, 1)
    judge(shop, 2)
    assert [fact.event for fact in new.read()] == ["e1", "e2"]
    assert new.read() == []
    judge(shop, 3)
    judged = EventJudged("e3", "1", "take", ((WATER.gtin, 1),), "1/0", "anna")
    assert new.read() == [judged]


def test_what_was_looked_through_is_not_looked_through_again_however_long_the_chain(shop: ShopLedger) -> None:
    new = NewVerdicts(shop.engine, "corner")
    with positions_asked_for(shop.engine) as asked:
        for number in range(3):
            shop.tell(*(Enter(NINE, f"{number} {each}", "", "") for each in range(20)))
            assert new.read() == []
    lengths = [last - first + 1 for first, last in asked]
    assert lengths == [20, 20, 20]
