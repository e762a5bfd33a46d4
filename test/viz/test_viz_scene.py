"""What happens in the store is seen while it matters, and then no more."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.graph.diagnostics import Level
from storegraph.observations import (
    Action,
    Candidate,
    Cart,
    CartLine,
    GateEvent,
    Hypothesis,
    Interaction,
    ItemCount,
    Observation,
    Passage,
    ScaleChange,
    ScaleCondition,
    ScaleFault,
    Shopper,
    Shoppers,
    ShopperState,
    WeightEvent,
)
from storegraph.store.file import load_store
from storegraph.store.geometry import ScaleGeometry
from storegraph.units import NANOSECONDS as SECOND
from storegraph.viz.health import Ailment
from storegraph.viz.layout import layout, plate_top
from storegraph.viz.markers import FAULTY, PUT_BACK, TAKEN, Marker, Shape
from storegraph.viz.scene import LATEST, REWIND, Picture, Scene
from storegraph.viz.settings import VizSettings

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
PLATES = ScaleGeometry.of(STORE)
SCALE = PLATES.scales[0]
FIXTURE = PLATES.fixtures[0]
GTIN = STORE.catalogue[0].gtin
BEGIN = 1_000 * SECOND
SETTINGS = VizSettings()
FADE = SETTINGS.change_shown
JOINTS = ("nose", "left_shoulder", "left_elbow", "left_wrist", "right_wrist")


def shopper(
    shopper_id: str = "ada", at: tuple[float, float] = (2.0, 2.0), state: ShopperState = ShopperState.TRACKED
) -> Shopper:
    """Who stands there with the left hand stretched out to the right of the map, the right one down."""
    upper = [(0.0, 0.0, 1.6), (0.2, 0.0, 1.4), (0.4, 0.0, 1.2), (0.6, 0.0, 1.2), (-0.2, 0.0, 0.8)]
    positions = np.array(upper, dtype=np.float32) + np.array((*at, 0.0), dtype=np.float32)
    return Shopper(shopper_id, state, positions, np.empty((0, 6), np.float32), np.ones(5, np.float32))


def unseen(shopper_id: str = "ada") -> Shopper:
    nowhere = np.full((5, 3), math.nan, np.float32)
    return Shopper(shopper_id, ShopperState.OCCLUDED, nowhere, np.empty((0, 6), np.float32), np.zeros(5, np.float32))


def snapshot(stamp: int, *shoppers: Shopper) -> Shoppers:
    return Shoppers(stamp, JOINTS, shoppers)


def changed(stamp: int, delta: float, scale: str = SCALE) -> WeightEvent:
    change = ScaleChange(scale, delta, 1.0)
    return WeightEvent(stamp, f"{scale}@{stamp}", FIXTURE, stamp - SECOND, stamp, (change,), (), delta, 1.0)


def interaction(stamp: int, who: str = "ada", action: Action = Action.TAKE, scale: str = SCALE) -> Interaction:
    items = (ItemCount(GTIN, 2),) if action is not Action.NONE else ()
    probabilities = {each: float(each is action) for each in Action}
    return Interaction(
        stamp=stamp,
        event_id=f"{scale}@{stamp}",
        begin=stamp - SECOND,
        end=stamp,
        fixture=FIXTURE,
        scales=(scale,),
        delta=-500.0,
        sigma=1.0,
        who=(Candidate(who, 1.0, 0.1),),
        what=(),
        action=(probabilities[Action.TAKE], probabilities[Action.PUT_BACK], probabilities[Action.NONE]),
        hypotheses=(Hypothesis(who, action, items, 0.87),),
    )


def cart(stamp: int, *lines: CartLine, who: str = "ada") -> Cart:
    return Cart(stamp, f"visit-{who}", who, "", lines, "EUR")


def passage(stamp: int, way: Passage, who: str = "ada") -> GateEvent:
    return GateEvent(stamp, STORE.gates[0].id, way, "", who, who, derived=False)


def after(*observations: Observation) -> Scene:
    scene = Scene(STORE)
    for observation in observations:
        scene.tell(observation)
    return scene


def seen(picture: Picture, namespace: str) -> list[Marker]:
    return [marker for marker in picture.shown if marker.namespace == namespace]


def the(picture: Picture, namespace: str) -> Marker:
    (marker,) = seen(picture, namespace)
    return marker


def test_an_empty_store_shows_nothing() -> None:
    assert after(snapshot(BEGIN)).picture() == Picture(BEGIN, (), ())


def test_a_shopper_is_a_head_bones_and_an_id_at_the_measured_place_and_moment() -> None:
    picture = after(snapshot(BEGIN, shopper(at=(2.0, 3.0)))).picture()
    assert the(picture, "heads").position == pytest.approx((2.0, 3.0, 1.6))
    assert the(picture, "names").text == "ada"
    arm = [(2.6, 3.0, 1.2), (2.4, 3.0, 1.2), (2.4, 3.0, 1.2), (2.2, 3.0, 1.4)]
    assert np.array(the(picture, "bones").points) == pytest.approx(np.array(arm))
    assert {marker.stamp for marker in picture.shown} == {BEGIN}


def test_a_shopper_who_is_only_predicted_is_seen_through() -> None:
    def opacity(state: ShopperState) -> float:
        return the(after(snapshot(BEGIN, shopper(state=state))).picture(), "bones").colour[3]

    assert opacity(ShopperState.OCCLUDED) < opacity(ShopperState.TRACKED) == 1.0


def test_a_shopper_of_whom_no_joint_is_known_is_not_drawn() -> None:
    assert after(snapshot(BEGIN, unseen())).picture().shown == ()


def test_a_shopper_keeps_number_and_colour_while_others_come_and_leave() -> None:
    scene = after(snapshot(BEGIN, shopper("ada"), shopper("bob"), shopper("cy")))
    before = {head.number: head.colour for head in seen(scene.picture(), "heads")}
    scene.tell(snapshot(BEGIN + SECOND, shopper("dan"), shopper("bob")))
    names = {name.text: name.number for name in seen(scene.picture(), "names")}
    assert len(before) == 3
    assert names == {"bob": 1, "dan": 3}


def test_who_leaves_is_gone_once() -> None:
    scene = after(snapshot(BEGIN, shopper("ada"), shopper("bob")))
    shown = {marker.key for marker in scene.picture().shown}
    scene.tell(snapshot(BEGIN + SECOND, shopper("bob")))
    assert set(scene.picture().gone) == {key for key in shown if key[1] == 0}
    assert scene.picture().gone == ()


def test_a_trail_leads_over_the_floor_to_where_the_shopper_is_and_no_further_back_than_set() -> None:
    steps = range(0, 2 * SETTINGS.trail, SECOND)
    scene = after(*(snapshot(BEGIN + step, shopper(at=(step / 10 / SECOND, 2.0))) for step in steps))
    trail = the(scene.picture(), "trails").points
    assert len(trail) == SETTINGS.trail // SECOND + 1
    assert {z for _, _, z in trail} == {0.0}
    assert [x for x, _, _ in trail] == sorted(x for x, _, _ in trail)
    assert trail[-1][:2] == pytest.approx((steps[-1] / 10 / SECOND + 0.2, 2.0))


def test_a_late_snapshot_changes_nothing() -> None:
    scene = after(snapshot(BEGIN + SECOND, shopper(at=(1.0, 1.0))))
    before = scene.picture()
    scene.tell(snapshot(BEGIN, shopper(at=(4.0, 4.0))))
    assert scene.picture() == before


def test_a_recording_played_again_begins_anew() -> None:
    scene = after(snapshot(BEGIN + 2 * REWIND, shopper("bob")), changed(BEGIN + 2 * REWIND, -500.0))
    scene.picture()
    scene.tell(snapshot(BEGIN, shopper("ada")))
    picture = scene.picture()
    assert {name.text for name in seen(picture, "names")} == {"ada"}
    assert ("changes", 0) in picture.gone


@pytest.mark.parametrize(("delta", "colour"), [(-500.0, TAKEN), (500.0, PUT_BACK)])
def test_the_plate_of_a_change_takes_its_colour_and_loses_it_slowly(delta: float, colour: tuple[float, ...]) -> None:
    scene = after(changed(BEGIN, delta))
    plate = the(scene.picture(), "changes")
    assert plate.colour == colour
    assert plate.position[:2] == pytest.approx(layout_plate().position[:2])
    scene.tell(snapshot(BEGIN + FADE // 2))
    assert the(scene.picture(), "changes").colour == pytest.approx((*colour[:3], colour[3] / 2))
    scene.tell(snapshot(BEGIN + FADE))
    assert scene.picture().gone == (plate.key,)


def layout_plate() -> Marker:
    return next(marker for marker in layout(STORE) if marker.key == ("plates", 0))


@pytest.mark.parametrize("condition", [ScaleCondition.SILENT, ScaleCondition.STUCK])
def test_a_faulty_plate_is_dark_until_it_works_again(condition: ScaleCondition) -> None:
    scene = after(
        changed(BEGIN, -500.0), ScaleFault(BEGIN, FIXTURE, SCALE, condition, BEGIN), snapshot(BEGIN + 10 * FADE)
    )
    assert the(scene.picture(), "changes").colour == FAULTY
    scene.tell(ScaleFault(BEGIN + 10 * FADE, FIXTURE, SCALE, ScaleCondition.OK, BEGIN + 10 * FADE))
    assert seen(scene.picture(), "changes") == []


def test_the_end_of_a_fault_that_is_told_first_holds() -> None:
    ended = ScaleFault(BEGIN + SECOND, FIXTURE, SCALE, ScaleCondition.OK, BEGIN + SECOND)
    assert seen(after(ended, ScaleFault(BEGIN, FIXTURE, SCALE, ScaleCondition.STUCK, BEGIN)).picture(), "changes") == []


def test_scales_that_the_store_does_not_have_are_passed_over() -> None:
    strangers = (
        changed(BEGIN, -1.0, "no.such.scale"),
        interaction(BEGIN, scale="no.such.scale"),
        ScaleFault(BEGIN, FIXTURE, "no.such.scale", ScaleCondition.STUCK, BEGIN),
    )
    assert after(*strangers).picture().shown == ()


def test_an_interaction_is_an_arrow_from_the_hand_that_was_nearer_then_to_the_plate() -> None:
    number = int(np.argmin(np.abs(plate_top(PLATES)[:, 2] - 1.2)))  # at the height of the stretched hand
    top = plate_top(PLATES)[number]
    there, away = (float(top[0]) - 0.6, float(top[1])), (5.0, 1.0)
    middle, reach = BEGIN - SECOND // 2, interaction(BEGIN, scale=PLATES.scales[number])
    scene = after(snapshot(middle, shopper(at=there)), snapshot(BEGIN + SECOND, shopper(at=away)), reach)
    picture = scene.picture()
    hand, plate = the(picture, "reaches").points
    assert hand == pytest.approx((top[0], top[1], 1.2), abs=1e-6)
    assert plate == pytest.approx(top.tolist())
    assert the(picture, "reaches").colour == TAKEN
    assert the(picture, "interactions").text == f"take 2 {STORE.catalogue[0].name}\nada 0.87"
    scene.tell(snapshot(BEGIN + SECOND + SETTINGS.interaction_shown, shopper(at=away)))
    gone = scene.picture().gone
    assert ("reaches", 0) in gone and ("interactions", 0) in gone


def test_what_came_of_an_interaction_that_is_shown_replaces_it_and_what_came_before_does_not() -> None:
    first = interaction(BEGIN)
    scene = after(snapshot(BEGIN, shopper(), shopper("bob")), first)
    scene.tell(replace(interaction(BEGIN, who="bob"), revision=1))
    assert the(scene.picture(), "interactions").text.endswith("bob 0.87")
    scene.tell(first)
    assert the(scene.picture(), "interactions").text.endswith("bob 0.87")


def test_what_is_told_late_is_shown_as_long_as_what_is_told_in_time() -> None:
    late = (changed(BEGIN, -500.0), interaction(BEGIN), passage(BEGIN, Passage.ENTRY))
    now = BEGIN + LATEST
    scene = after(snapshot(BEGIN, shopper()), snapshot(now, shopper(at=(5.0, 1.0))), *late)
    picture = scene.picture()
    assert the(picture, "changes").colour == TAKEN
    assert the(picture, "reaches").points[0][:2] == pytest.approx((2.0, 2.0), abs=0.7), "where the shopper was then"
    assert the(picture, "passage names").text == "entry ada"
    scene.tell(snapshot(now + max(SETTINGS.interaction_shown, SETTINGS.passage_shown), shopper()))
    assert {"interactions", "passages"} <= {namespace for namespace, _ in scene.picture().gone}


def test_history_is_not_shown() -> None:
    history = (changed(BEGIN, -500.0), interaction(BEGIN), passage(BEGIN, Passage.ENTRY))
    assert after(snapshot(BEGIN + LATEST + 1), *history).picture().shown == ()


def test_a_hand_that_is_not_known_gives_way_to_the_head() -> None:
    handless = shopper()
    handless.positions[3:] = math.nan
    hand, _ = the(after(snapshot(BEGIN, handless), interaction(BEGIN)).picture(), "reaches").points
    assert hand == pytest.approx((2.0, 2.0, 1.6))


def test_an_interaction_of_nobody_is_told_without_an_arrow() -> None:
    picture = after(interaction(BEGIN, who="")).picture()
    assert "nobody" in the(picture, "interactions").text
    assert seen(picture, "reaches") == []


def test_a_cart_goes_with_its_owner_until_the_exit() -> None:
    line = CartLine(GTIN, "Coffee", 2, 649, 0.99, "")
    doubtful = CartLine("", "Something", 1, None, 0.4, "unknown product")
    scene = after(cart(BEGIN, line, doubtful), snapshot(BEGIN, shopper("ada", (1.0, 1.0)), shopper("bob")))
    shown = the(scene.picture(), "carts")
    assert shown.text.splitlines() == ["2 x Coffee", "1 x Something ?", "12.98 EUR"]
    assert shown.position[:2] == pytest.approx((1.0, 1.0))
    scene.tell(passage(BEGIN + SECOND, Passage.EXIT))
    assert seen(scene.picture(), "carts") == []


def test_memory_does_not_grow_with_the_number_of_visits() -> None:
    line = CartLine(GTIN, "Coffee", 2, 649, 0.99, "")

    def size_after(visits: int) -> int:
        scene = Scene(STORE)
        for visit in range(visits):
            who, begin = f"s{visit:05}", BEGIN + visit * 60 * SECOND
            scene.tell(passage(begin, Passage.ENTRY, who))
            scene.tell(snapshot(begin + SECOND, shopper(who)))
            scene.tell(interaction(begin + 2 * SECOND, who))
            scene.tell(passage(begin + 3 * SECOND, Passage.EXIT, who))
            scene.tell(cart(begin + 3 * SECOND, line, who=who))
        return len(pickle.dumps(scene))

    assert size_after(200) < 1.02 * size_after(20)


def test_a_gate_is_lit_for_a_moment_by_who_goes_through() -> None:
    scene = after(passage(BEGIN, Passage.ENTRY))
    lit = the(scene.picture(), "passages")
    assert [end[:2] for end in lit.points] == [STORE.gates[0].from_point, STORE.gates[0].to_point]
    scene.tell(passage(BEGIN + SECOND, Passage.EXIT))
    picture = scene.picture()
    assert the(picture, "passages").colour != lit.colour
    assert the(picture, "passage names").text == "exit ada"
    scene.tell(snapshot(BEGIN + SECOND + SETTINGS.passage_shown))
    assert seen(scene.picture(), "passages") == []


def test_what_ails_is_drawn_until_it_is_well() -> None:
    scene = after(snapshot(BEGIN))
    scene.ailments = {"gate": {f"gate {STORE.gates[0].id}": Ailment(Level.ERROR, "no reader")}}
    drawn = scene.picture().shown
    assert {marker.namespace for marker in drawn} == {"ailing", "ailments"}
    scene.ailments = {}
    assert set(scene.picture().gone) == {marker.key for marker in drawn}


coordinates = st.floats(-100, 100, width=32) | st.just(math.nan)
stamps = st.integers(0, 40).map(lambda half: BEGIN + half * SECOND // 2)
people = st.sampled_from(["ada", "bob", "cy"])


@st.composite
def anybody(draw: st.DrawFn) -> Shopper:
    rows = draw(st.lists(st.tuples(coordinates, coordinates, coordinates), min_size=5, max_size=5))
    positions, none = np.array(rows, dtype=np.float32), np.empty((0, 6), np.float32)
    return Shopper(draw(people), draw(st.sampled_from(ShopperState)), positions, none, np.ones(5, np.float32))


@st.composite
def anything(draw: st.DrawFn) -> Observation:
    stamp, scale = draw(stamps), draw(st.sampled_from(PLATES.scales[:3]))
    everybody = st.lists(anybody(), max_size=3, unique_by=lambda each: each.shopper_id)
    return draw(
        st.one_of(
            everybody.map(lambda present: snapshot(stamp, *present)),
            st.sampled_from([-500.0, 0.0, 500.0]).map(lambda delta: changed(stamp, delta, scale)),
            st.sampled_from(ScaleCondition).map(lambda condition: ScaleFault(stamp, FIXTURE, scale, condition, stamp)),
            st.tuples(people | st.just(""), st.sampled_from(Action)).map(lambda of: interaction(stamp, *of, scale)),
            people.map(lambda who: cart(stamp, CartLine(GTIN, "Coffee", 1, 649, 1.0, ""), who=who)),
            st.tuples(st.sampled_from(Passage), people).map(lambda of: passage(stamp, *of)),
        )
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(anything(), max_size=5), max_size=4))
def test_whatever_happens_in_whatever_order_rviz_can_draw_it_and_holds_what_is_shown(
    told: list[list[Observation]],
) -> None:
    scene, held = Scene(STORE), set()
    for observations in told:
        for observation in observations:
            scene.tell(observation)
        picture = scene.picture()
        keys = [marker.key for marker in picture.shown]
        assert len(set(keys)) == len(keys)
        held = (held - set(picture.gone)) | set(keys)
        assert held == set(keys)
        for marker in picture.shown:
            assert_drawable(marker)


def test_rviz_can_draw_the_store() -> None:
    for marker in layout(STORE):
        assert_drawable(marker)


def assert_drawable(marker: Marker) -> None:
    """What RViz's own validation of markers asks for (rviz_default_plugins, markers/marker_validation)."""
    assert np.isfinite([*marker.position, *marker.size, marker.yaw, *np.ravel(marker.points)]).all()
    assert all(0 <= channel <= 1 for channel in marker.colour) and marker.colour[3] > 0
    used = {Shape.LINE_LIST: (0,), Shape.LINE_STRIP: (0,), Shape.TEXT_VIEW_FACING: (2,)}.get(marker.shape, (0, 1, 2))
    assert [axis for axis in range(3) if marker.size[axis] > 0] == list(used)
    assert bool(marker.text) == (marker.shape is Shape.TEXT_VIEW_FACING)
    if marker.shape is Shape.LINE_LIST:
        assert marker.points and len(marker.points) % 2 == 0
    elif marker.shape is Shape.LINE_STRIP:
        assert len(marker.points) >= 2
    else:
        assert len(marker.points) == (2 if marker.shape is Shape.ARROW else 0)
