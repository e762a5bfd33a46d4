"""Goods are seen where they are: on the shelf, then in the hand, then no more."""

from __future__ import annotations

from rendered_scenes import ADULT, actor, performance, walking

from storegraph.simulation.rendering.props import HELD, Props


def test_a_taken_item_leaves_the_shelf_and_is_in_the_hand_until_it_is_pocketed() -> None:
    somebody = actor("ann", walking(ADULT, (3.0, 2.0), (3.0, 3.0)))
    props = Props(performance([somebody], taken=[1.0]))
    names = {
        seconds: {lying.item.item_id for lying in props.lying_in(props.state_at(seconds))} for seconds in (0.9, 1.1)
    }
    assert names[0.9] == {"flour 0", "flour 1", "flour 2"}
    assert names[1.1] == {"flour 1", "flour 2"}
    assert props.held_at(0.9) == ()
    (held,) = props.held_at(1.1)
    assert (held.item.item_id, held.actor, held.hand) == ("flour 0", "ann", "right")
    assert props.held_at(1.1 + HELD) == ()


def test_the_state_of_the_shelves_is_the_same_until_something_changes() -> None:
    somebody = actor("ann", walking(ADULT, (3.0, 2.0), (3.0, 3.0)))
    props = Props(performance([somebody], taken=[0.5, 1.5]))
    assert [props.state_at(seconds) for seconds in (0.0, 0.4, 0.6, 1.4, 1.6, 9.0)] == [0, 0, 1, 1, 2, 2]
