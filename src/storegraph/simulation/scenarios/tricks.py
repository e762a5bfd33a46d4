"""What people do who try to get away with something: the tricks of the library, for random people.

Each makes up the steps of those who do it, one after the other; None where the goods for it are not there.
"""

from __future__ import annotations

from collections.abc import Callable

from .assortment import Assortment
from .goods import Candidate
from .language_steps import Consume, Drop, HandOver, Meet, PutBack, Receive, Step, SwapPlaces, Take, Touch, Wait

Steps = tuple[Step, ...]

Trick = Callable[[Assortment, float], Steps | None]
"""Of one, with the skill."""

JointTrick = Callable[[Assortment, float, tuple[str, str]], tuple[Steps, Steps] | None]
"""Of two, with the skill and their names."""

_SNACK = 400.0
"""Heaviest goods that are eaten in the store, grams."""

_ARM = 0.3
"""Widest facing over which arms cross, metres: bodies stand 0.45 m apart."""


def leave_elsewhere(goods: Assortment, skill: float) -> Steps | None:
    """Puts an item among others: of the same weight, if skilled."""
    name = goods.relied_on()
    place = goods.among(name, skill) if name else None
    return (Take(goods=(name,)), PutBack(goods=name, to=place)) if name and place else None


def swap_items(goods: Assortment, skill: float) -> Steps | None:
    """Puts two items each in the other's place: of the same weight, if skilled."""
    name = goods.disturbed()
    place = goods.among(name, skill, taken=True) if name else None
    if not name or not place:
        return None
    takes = (Take(goods=(name,)), Take(goods=(place,)))
    return (*takes, PutBack(goods=name, to=place), PutBack(goods=place, to=name))


def eat(goods: Assortment, _: float) -> Steps | None:
    """Eats an item and puts the wrapper back."""
    name = goods.disturbed(_is_snack)
    return (Take(goods=(name,)), Consume(goods=name), PutBack(goods=name)) if name else None


def drop(goods: Assortment, _: float) -> Steps | None:
    """Leaves an item on the floor."""
    name = goods.relied_on()
    return (Take(goods=(name,)), Drop(goods=name)) if name else None


def lift_slowly(goods: Assortment, skill: float) -> Steps | None:
    """Takes an item so slowly that it looks like drift."""
    name = goods.taken()
    return (Take(goods=(name,), lasts=2 + 4 * skill),) if name else None


def hold(goods: Assortment, skill: float) -> Steps | None:
    """Holds an item where it stands, then takes another one."""
    held, name = goods.seen(), goods.taken()
    return (Touch(goods=held, seconds=2 + 6 * skill, force=-150.0), Take(goods=(name,))) if held and name else None


def hand_over(goods: Assortment, _: float, names: tuple[str, str]) -> tuple[Steps, Steps] | None:
    """Gives an item to somebody else, who carries it out."""
    name = goods.relied_on()
    return ((Take(goods=(name,)), HandOver(goods=name, to=names[1])), (Receive(giver=names[0]),)) if name else None


def grab_together(goods: Assortment, _: float, names: tuple[str, str]) -> tuple[Steps, Steps] | None:
    """Take from the same facing at the same moment."""
    name = goods.taken(count=2)
    step = (Take(goods=(name,), sync=f"{names[0]} grabs"),) if name else None
    return (step, step) if step else None


def cross_arms(goods: Assortment, _: float, names: tuple[str, str]) -> tuple[Steps, Steps] | None:
    """Each takes what stands before the other."""
    left = goods.taken(_is_narrow)
    right = goods.taken(goods.right_of(left)) if left else None
    if not left or not right:
        return None
    sync = f"{names[0]} crosses"
    return (
        (Take(goods=(right,), side=-1.0, hand="right", sync=sync),),
        (Take(goods=(left,), side=1.0, hand="left", sync=sync),),
    )


def press_together(goods: Assortment, _: float, names: tuple[str, str]) -> tuple[Steps, Steps] | None:
    """Stand pressed against each other, then take neighbouring goods."""
    left = goods.taken()
    right = goods.taken(goods.right_of(left)) if left else None
    if not left or not right:
        return None
    sync = f"{names[0]} parts"
    return (
        (Meet(other=names[1]), Take(goods=(left,), sync=sync)),
        (Meet(other=names[0]), Take(goods=(right,), sync=sync)),
    )


def swap_places(goods: Assortment, _: float, names: tuple[str, str]) -> tuple[Steps, Steps] | None:
    """Stand before neighbouring goods, change places, and take what the other stood before."""
    left = goods.taken(count=2)
    right = goods.taken(goods.right_of(left), count=2) if left else None
    if not left or not right:
        return None
    before, after = f"{names[0]} before", f"{names[0]} after"
    return (
        (Take(goods=(left,), sync=before), SwapPlaces(other=names[1]), Take(goods=(right,), sync=after)),
        (Take(goods=(right,), sync=before), SwapPlaces(other=names[0]), Take(goods=(left,), sync=after)),
    )


def leave_for(goods: Assortment, skill: float, names: tuple[str, str]) -> tuple[Steps, Steps] | None:
    """One leaves an item among others, from where the other takes it."""
    steps = leave_elsewhere(goods, skill)
    if not steps:
        return None
    put = steps[-1]
    assert isinstance(put, PutBack)
    left = Wait(seconds=0.5, sync=f"{names[0]} leaves")
    return (*steps, left), (left, Take(goods=(put.goods,), among=put.to))


TRICKS: tuple[Trick, ...] = (leave_elsewhere, swap_items, eat, drop, lift_slowly, hold)
"""Of one."""

JOINT_TRICKS: tuple[JointTrick, ...] = (
    hand_over,
    grab_together,
    cross_arms,
    press_together,
    swap_places,
    leave_for,
)
"""Of two, who do not belong together."""


def _is_snack(candidate: Candidate) -> bool:
    return candidate.product.unit_weight is not None and candidate.product.unit_weight <= _SNACK


def _is_narrow(candidate: Candidate) -> bool:
    return candidate.right - candidate.left <= _ARM
