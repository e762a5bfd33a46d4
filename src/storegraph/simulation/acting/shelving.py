"""Steps before shelves: look, take, put back, touch, restock."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from storegraph.observations import Action

from ..errors import SimulationError
from ..performance import Item, Movement, Push
from ..script import Hand, Look, PutBack, Restock, Step, Take, Touch
from .player import Player
from .standing import STRETCH, comfortable_depth, grip, in_reach, places_to_stand
from .walker import Doing
from .world import Place, Placed, loads_of

Point3D = tuple[float, float, float]

GRASPING = (0.12, 0.3)
"""Seconds between the touch and the first change of load, or between the last change and letting go, where the hand
presses: fingers need about 0.2 s to close."""

TOUCHING = 0.05
"""The same where it does not."""

ALONG = 0.3
"""Two kinds of goods farther apart than this, metres, are swept up one after the other in one movement; nearer ones are
gripped together."""

GRIPPED = 0.55
"""Goods are gripped at this part of their height."""

RESTOCKING = (0.3, 0.8)
"""Seconds until an item that is restocked stands."""

RESTOCKING_PRESS = (0.0, 150.0)
"""Force with which it is pushed into place, grams."""

FROM_CRATE = 0.6
"""Seconds between two items that are restocked: out of a crate."""

TRIES = 4
"""So often somebody takes another place because the goods are not in reach from where they stand."""


@dataclass(frozen=True, slots=True)
class Grab:
    """What a hand is about to do on a shelf.

    Attributes:
        placed: The items.
        points: Where the wrist is, from the first to the last.
    """

    placed: tuple[Placed, ...]
    points: tuple[Point3D, ...]


def look(player: Player, step: Look) -> Doing:
    """Stands before goods."""
    yield from _stand_before(player, step.facing, _chosen(player, step.facing, 1).points[0], 0.0)
    yield from player.begin(step)
    yield player.scene.now + step.seconds


def take(player: Player, step: Take) -> Doing:
    """Takes goods with one grab; fewer, or none, where others have taken them."""
    scene = player.scene

    def chosen() -> Grab:
        grabs = [_chosen(player, facing, count, step.goods) for facing, count in step.goods]
        points = [grab.points[0] for grab in grabs]
        if len(points) == 2 and math.dist(*points) < ALONG:
            points = [_between(*points)]
        return Grab(tuple(placed for grab in grabs for placed in grab.placed), tuple(points))

    grab = yield from _approach(player, step, step.goods[0][0], step.side, chosen)
    for placed in grab.placed:
        placed.busy = True
    lead = player.time_to(grab.points[0])
    sets_out = yield from player.begin(step, lead)
    if not grab.placed:
        return
    grasp = _grasp(player, step.press)
    reach = player.reach(step.hand, grab.points, sets_out, lead, grasp + step.lasts)
    items = tuple((placed.item, placed.standing) for placed in grab.placed)
    begin, end = reach.arrives + grasp, reach.departs
    loads = loads_of(items, -1)
    scene.movements.append(Movement(begin, end, player.role.name, step.hand, Action.TAKE, items, loads, step.press))
    yield end
    for placed in grab.placed:
        scene.stock.remove(placed)
        player.carried.append(placed.item)
    player.hold(step.hand, end)
    yield reach.back


def put_back(player: Player, step: PutBack) -> Doing:
    """Sets goods down that they carry; none where they have none, as others were quicker to take them."""
    items = player.carries(step.gtin, step.count)
    if items:
        player.hold(step.hand, player.scene.now, math.inf)
    yield from _set_down(player, step, step.facing, items, step.hand, step.lasts, step.press, step.side)


def restock(player: Player, step: Restock) -> Doing:
    """Sets down new goods, with one hand after the other."""
    scene = player.scene
    hands: tuple[Hand, Hand] = ("right", "left")
    gtin = scene.store.facings[step.facing].gtin
    if gtin is None:
        raise SimulationError(f"{player.role.name} is to restock facing {step.facing}, which is empty by plan")
    for number, count in enumerate([step.count] if step.at_once else [1] * step.count):
        hand = hands[number % 2]
        items = [scene.stock.new(gtin, step.facing) for _ in range(count)]
        player.hold(hand, scene.now, math.inf)
        lasts, press = player.generator.uniform(*RESTOCKING), player.generator.uniform(*RESTOCKING_PRESS)
        this = step if number == 0 else Restock(facing=step.facing, count=1)  # only the first waits for its moment
        yield from _set_down(player, this, step.facing, items, hand, lasts, press, 0.0)
        yield scene.now + FROM_CRATE


def touch(player: Player, step: Touch) -> Doing:
    """Leans or presses on goods, or lifts them a little."""
    scene = player.scene
    grab = yield from _approach(player, step, step.facing, step.side, lambda: _chosen(player, step.facing, 1))
    lead = player.time_to(grab.points[0])
    sets_out = yield from player.begin(step, lead)
    reach = player.reach(step.hand, grab.points, sets_out, lead, step.seconds)
    place = scene.stock.places[step.facing]
    if grab.placed:
        shares = dict(grab.placed[0].standing.shares)
    else:
        x, _ = place.from_map(*grab.points[0][:2])
        shares = place.shares(x, 0.05, (0.1, 0.1, 0.0))  # a hand's breadth, behind the edge
    name = player.role.name
    scene.pushes.append(Push(reach.arrives, reach.departs, name, step.hand, step.facing, shares, step.force))
    yield reach.back


def _set_down(
    player: Player, step: Step, facing: int, items: Sequence[Item], hand: Hand, lasts: float, press: float, side: float
) -> Doing:
    """Sets items on a shelf, by one movement of one hand; those that are not carried are new."""
    scene, stock = player.scene, player.scene.stock
    restocking = isinstance(step, Restock)
    placed: list[Placed] = []

    def chosen() -> Grab:
        for before in placed:
            stock.remove(before)
        placed[:] = [stock.put(item, facing, _aside(player, facing), new=restocking) for item in items]
        for one in placed:
            one.busy = True
        return Grab(tuple(placed), (_target(player, facing, placed),))

    grab = yield from _approach(player, step, facing, side, chosen)
    lead = player.time_to(grab.points[0])
    sets_out = yield from player.begin(step, lead)
    if not items:
        return
    grasp = _grasp(player, press)
    reach = player.reach(hand, grab.points, sets_out, lead, lasts + grasp)
    moved = tuple((one.item, one.standing) for one in grab.placed)
    begin, end, name = reach.arrives, reach.arrives + lasts, player.role.name
    loads = loads_of(moved, 1)
    scene.movements.append(Movement(begin, end, name, hand, Action.PUT_BACK, moved, loads, press, restocking))
    yield end
    for one in grab.placed:
        one.busy = False
    player.carried = [item for item in player.carried if item not in items]
    yield reach.back


def _approach(
    player: Player, step: Step, facing: int, side: float, chosen: Callable[[], Grab]
) -> Generator[float, None, Grab]:
    """Stands before goods and, when the moment has come, chooses what the hand goes for."""
    grab = chosen()
    for _ in range(TRIES):
        yield from _stand_before(player, facing, _between(grab.points[0], grab.points[-1]), side)
        if step.at > player.scene.now:
            yield step.at
        grab = chosen()
        if all(in_reach(player.role.body, player.walker.place, point) for point in grab.points):
            return grab
    raise SimulationError(f"{player.role.name} stands before facing {facing} and cannot reach its goods")


def _stand_before(player: Player, facing: int, target: Point3D, side: float) -> Doing:
    """Stands where the target is in reach; where one stands already, if it is from there."""
    here = player.walker.place
    if not side and player.who in player.scene.claimed and in_reach(player.role.body, here, target, STRETCH):
        yield from player.walker.stay(target)
        return
    place = player.scene.stock.places[facing]
    places = places_to_stand(player.scene.floor, place, target, player.role.body, side)
    if not places:
        where = f"facing {facing} ({player.scene.store.facings[facing].gtin}) on {place.fixture}"
        raise SimulationError(f"{player.role.name} finds no place to stand from which to reach {where}")
    yield from player.walker.take_place(places, target)


def _chosen(player: Player, facing: int, count: int, beside: Sequence[tuple[int, int]] = ()) -> Grab:
    """The items that a hand takes from one facing, those first that lie near other facings of the same grab."""
    stock, near = player.scene.stock, _aside(player, facing)
    for other, _ in beside:
        if other != facing:
            place = stock.places[other]
            x, _ = stock.places[facing].from_map(*place.to_map(place.size[0] / 2, 0.0)[:2])
            near = min(max(x, 0.0), stock.places[facing].size[0])
    placed = stock.choose(facing, count, near)
    return Grab(tuple(placed), (_target(player, facing, placed),))


def _target(player: Player, facing: int, placed: Sequence[Placed]) -> Point3D:
    """Where the wrist is for items, or where there are none, for the empty facing."""
    place = player.scene.stock.places[facing]
    if not placed:
        point = grip(place, _aside(player, facing), 0.0, 0.0, 0.1)
    else:
        x = sum(one.x for one in placed) / len(placed)
        front = min(placed, key=lambda one: one.y)
        base = front.standing.point[2] - place.origin[2]
        point = grip(place, x, front.y, front.item.size[1], base + GRIPPED * front.item.size[2])
    point = player.within_arms(point, place.origin[2] + 0.02)
    return _drawn_forward(player, place, point)


def _drawn_forward(player: Player, place: Place, point: Point3D) -> Point3D:
    """Where the wrist goes of somebody small who can stand nowhere to reach so deep: they draw goods forward."""
    body = player.role.body
    (x, inwards), most = place.from_map(*point[:2]), comfortable_depth(body, point[2])
    if inwards <= most or places_to_stand(player.scene.floor, place, point, body, 0.0):
        return point
    return place.to_map(x, most, point[2] - place.origin[2])


def _aside(player: Player, facing: int) -> float:
    """Where somebody is along the front of a place, in its axes, metres; at its nearer end for who is beside it."""
    place = player.scene.stock.places[facing]
    x, _ = place.from_map(*player.walker.place)
    return min(max(x, 0.0), place.size[0])


def _grasp(player: Player, press: float) -> float:
    return float(player.generator.uniform(*GRASPING)) if press else TOUCHING


def _between(first: Point3D, last: Point3D) -> Point3D:
    return (first[0] + last[0]) / 2, (first[1] + last[1]) / 2, (first[2] + last[2]) / 2
