"""Couriers go round to every endpoint, of the stores that have something to tell, whatever goes wrong with one."""

from __future__ import annotations

import socket

from crashing_shop import PATIENCE
from retail_system import RetailSystem
from shop_ledger import HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt, unreadable_settlement
from sqlalchemy import Engine
from waiting import wait_until

from storegraph.ledger.retail.courier import Courier, Round
from storegraph.ledger.retail.outbox import Outbox, stores_to_tell_of
from storegraph.ledger.retail.rounds import CourierRounds, Couriers
from storegraph.ledger.retail.settings import Endpoint

LATER = NINE + 5 * HOUR


def bought(shop: ShopLedger, visit: str) -> None:
    """A water."""
    shop.enter(visit, f"tok_{visit}")
    shop.leave(receipt(visit, line(WATER)))


def test_only_stores_with_something_to_tell_are_gone_to(engine: Engine, system: RetailSystem) -> None:
    endpoint = system.endpoint()
    for store in ("corner", "market"):
        bought(ShopLedger(engine, store=store), "1")
    assert stores_to_tell_of(engine, endpoint, LATER) == ("corner", "market")
    system.answers.append(500)
    for store in ("corner", "market"):
        courier = Courier(engine, store, endpoint)
        courier.go_round(LATER)
        courier.close()
    assert stores_to_tell_of(engine, endpoint, LATER) == ()
    assert stores_to_tell_of(engine, endpoint, LATER + MINUTE) == ("corner",)


def test_an_endpoint_that_answers_slowly_holds_up_no_other(
    shop: ShopLedger, engine: Engine, system: RetailSystem
) -> None:
    bought(shop, "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and never answers
        silent.settimeout(PATIENCE)
        slow = Endpoint(name="slow", url=f"http://127.0.0.1:{silent.getsockname()[1]}/", patience=60.0)
        done = []
        first = CourierRounds(Couriers(engine, slow), lambda: LATER, lambda *told: done.append(told))
        connection, _ = silent.accept()
        second = CourierRounds(Couriers(engine, system.endpoint()), lambda: LATER, lambda *told: done.append(told))
        wait_until(lambda: bool(done))
        second.close()
        connection.close()
    first.close()
    assert done[0] == ("corner", "erp", Round(delivered=1))
    assert [len(told) for told in done] == [3, 3]
    assert (done[1][1], done[1][2]) == ("slow", Round(postponed=1))
    assert first.problem.startswith("Re")
    assert second.problem == ""


def test_rounds_go_on_after_one_that_could_not_be_made(shop: ShopLedger, engine: Engine, system: RetailSystem) -> None:
    bought(shop, "1")
    with unreadable_settlement(engine):
        rounds = CourierRounds(Couriers(engine, system.endpoint()), lambda: LATER, lambda *_: None, pause=0.05)
        wait_until(lambda: rounds.problem.startswith("no round could be made"))
    wait_until(lambda: bool(system.told))
    wait_until(lambda: not rounds.problem)
    rounds.close()


def test_who_goes_round_is_told_of_one_store_only_where_it_was_asked_for(engine: Engine, system: RetailSystem) -> None:
    for store in ("corner", "market"):
        bought(ShopLedger(engine, store=store), "1")
    couriers = Couriers(engine, system.endpoint(), "market")
    assert list(couriers.go_round(LATER)) == [("market", Round(delivered=1))]
    assert list(couriers.go_round(LATER)) == []
    couriers.close()
    assert [message["data"]["store"] for message in system.told] == ["market"]


def test_deliveries_of_one_store_are_not_those_of_another(engine: Engine, system: RetailSystem) -> None:
    for store in ("corner", "market"):
        bought(ShopLedger(engine, store=store), "1")
    assert Outbox(engine, "market", system.endpoint()).deliveries() == []
    courier = Courier(engine, "market", system.endpoint())
    assert courier.go_round(LATER) == Round(delivered=1)
    assert system.told[0]["data"]["store"] == "market"
    courier.close()
