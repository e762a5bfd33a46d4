"""Simulated scales obey physics, fail as asked, and say the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.observations import Action, ScaleSamples, WeightEvent
from storegraph.simulation.errors import SimulationError
from storegraph.simulation.performance import START, Actor, Item, Movement, Performance, Push, Standing
from storegraph.simulation.scales import ScaleSettings, Spread, scale_samples
from storegraph.simulation.script import Body, Credential, Script
from storegraph.store.model import Fixture, Scale, Shelf, Store
from storegraph.weighing import WeighingStage

SECONDS = 12
STILL = ScaleSettings(
    offset=0.0, drift=0.0, white=Spread(0.0, 0.0), sway=Spread(0.0, 0.0), hum=Spread(0.0, 0.0), footfall=0.0, knock=0.0,
    held=0.0, resolution=0.001,
)  # fmt: skip
"""Scales without any noise."""

PLATES = tuple(f"F.{shelf}.{plate}" for shelf in (1, 2) for plate in range(1, 6))


def shelf(level: int) -> Shelf:
    scales = tuple(Scale(id=f"F.{level}.{k}", position=(0.2 * (k - 1), 0.0), size=(0.2, 0.4)) for k in range(1, 6))
    return Shelf(id=f"F.{level}", height=0.5 * level, clearance=0.4, scales=scales)


STORE = Store(
    id="test", name="Test", currency="EUR", time_zone="UTC",
    fixtures=(Fixture(id="F", position=(0.0, 0.0, 0.0), size=(1.0, 0.4, 1.8), shelves=(shelf(1), shelf(2))),),
)  # fmt: skip


def performed(
    movements: Iterable[Movement] = (),
    pushes: Iterable[Push] = (),
    standing: Iterable[tuple[Item, Standing]] = (),
    walkers: Iterable[Actor] = (),
    seed: int = 1,
) -> Performance:
    script = Script("test", seed, (), (), (), 0.0)
    moved, pushed = tuple(movements), tuple(pushes)
    return Performance(STORE, script, SECONDS * 30, tuple(walkers), tuple(standing), moved, pushed, (), (), ())


def placed(weight: float, **shares: float) -> tuple[Item, Standing]:
    on = {scale.replace("_", "."): share for scale, share in shares.items()}
    return Item(f"item of {weight}", "1", weight, (0.1, 0.1, 0.1)), Standing(0, (0.0, 0.0, 0.0), 0.0, on)


def moved(
    goods: tuple[Item, Standing], action: Action, begin: float = 5.0, lasts: float = 0.3, press: float = 0.0
) -> Movement:
    sign = -1.0 if action is Action.TAKE else 1.0
    loads = {scale: sign * share * goods[0].weight for scale, share in goods[1].shares.items()}
    return Movement(begin, begin + lasts, "a", "right", action, (goods,), loads, press)


def walker(distance: float, stature: float = 1.75) -> Actor:
    """Somebody who steps on one spot, so far in front of the fixture."""
    moments = np.arange(1.0, SECONDS, 0.5)
    footfalls = np.column_stack([moments, np.full(len(moments), 0.5), np.full(len(moments), -distance)])
    body = Body(stature, 1.0, 30.0, 1)
    return Actor("a", body, Credential.CARD, "t", "p", 0, np.zeros((1, 17, 3), np.float32), footfalls)


def readings(performance: Performance, scales: ScaleSettings = STILL) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds since the beginning, shape [sample], and grams, shape [sample, plate]."""
    batches = [recorded.observation for recorded in scale_samples(performance, scales)]
    assert all(isinstance(batch, ScaleSamples) and batch.scales == PLATES for batch in batches)
    times = [(batch.stamp - START) * 1e-9 + np.arange(len(batch.grams)) / batch.rate for batch in batches]
    return np.concatenate(times), np.concatenate([batch.grams for batch in batches]).astype(np.float64)


def level(times: np.ndarray, grams: np.ndarray, begin: float, end: float) -> np.ndarray:
    return grams[(times >= begin) & (times < end)].mean(axis=0)


@settings(max_examples=15, deadline=None)
@given(st.floats(20.0, 3000.0), st.floats(0.0, 1.0), st.sampled_from([Action.TAKE, Action.PUT_BACK]))
def test_a_plate_gains_or_loses_its_share_of_the_weight(weight: float, share: float, action: Action) -> None:
    goods = placed(weight, F_1_2=share, F_1_3=1.0 - share)
    times, grams = readings(performed([moved(goods, action)], standing=[goods, placed(500.0, F_1_2=1.0)]))
    change = level(times, grams, 9.0, SECONDS) - level(times, grams, 0.0, 4.5)
    expected = (weight if action is Action.PUT_BACK else -weight) * np.array([share, 1.0 - share])
    passed_on = STILL.beside * np.abs(expected[::-1])
    assert np.all(np.abs(change[[1, 2]] - expected) <= passed_on + 0.002 * weight + 0.01)


def test_all_scales_carry_what_stands_on_them_from_the_beginning() -> None:
    times, grams = readings(performed(standing=[placed(300.0, F_1_1=1.0), placed(200.0, F_1_1=0.25, F_1_2=0.75)]))
    assert level(times, grams, 0.0, 1.0)[[0, 1]] == pytest.approx([350.0, 150.0], abs=0.016 * 350)


def test_a_load_is_felt_beside_and_two_away_and_hardly_on_the_next_shelf() -> None:
    goods = placed(1000.0, F_1_1=1.0)
    times, grams = readings(performed([moved(goods, Action.PUT_BACK)]))
    change = level(times, grams, 9.0, SECONDS) - level(times, grams, 0.0, 4.5)
    beside, further, above = change[1:3], change[3:5], change[5:]
    assert np.all((beside > 0.0) & (beside < 16.1))
    assert further == pytest.approx([0.0, 0.0], abs=0.02)
    assert np.all(np.abs(above) < 1.1)


def test_a_plate_swings_after_a_sudden_step_and_comes_to_rest() -> None:
    times, grams = readings(performed([moved(placed(1000.0, F_1_3=1.0), Action.PUT_BACK, lasts=0.02)]))
    swings = [np.ptp(grams[(times >= begin) & (times < begin + 0.5), 2]) for begin in (5.1, 6.1, 8.1, 11.0)]
    assert swings[0] > 5.0
    assert all(later <= earlier for earlier, later in pairwise(swings))
    assert swings[-1] < 0.1


def test_a_hand_presses_before_it_takes_and_after_it_has_put_back() -> None:
    goods = placed(400.0, F_1_3=1.0)
    taking = moved(goods, Action.TAKE, press=100.0)
    putting = moved(goods, Action.PUT_BACK, begin=8.0, press=100.0)
    times, grams = readings(performed([taking, putting], standing=[goods]))
    plate = grams[:, 2]
    assert plate[(times > 4.8) & (times < 5.05)].max() == pytest.approx(490.0, abs=20.0)
    assert plate[(times > 8.2) & (times < 8.6)].max() == pytest.approx(490.0, abs=20.0)
    assert plate[(times > 5.5) & (times < 8.0)].max() < 20.0


def test_a_hand_that_leans_is_felt_unsteadily_and_leaves_all_as_it_was() -> None:
    push = Push(4.0, 8.0, "a", "left", 0, {"F.2.2": 0.5, "F.2.3": 0.5}, 600.0)
    times, grams = readings(performed(pushes=[push]))
    leaning = grams[(times > 4.5) & (times < 7.5)][:, [6, 7]]
    assert leaning.mean(axis=0) == pytest.approx([300.0, 300.0], rel=0.1)
    assert np.all(leaning.std(axis=0) > 0.01 * 300.0)
    assert level(times, grams, 11.0, SECONDS) == pytest.approx(level(times, grams, 0.0, 3.5), abs=0.1)


def test_what_is_lifted_slowly_leaves_unevenly_and_never_comes_back() -> None:
    goods = placed(900.0, F_1_3=1.0)
    times, grams = readings(performed([moved(goods, Action.TAKE, lasts=3.0)], standing=[goods]), replace(STILL, kick=0))
    pace = -np.diff(grams[(times > 5.0) & (times < 8.0), 2]) * 60.0
    assert pace.min() > -0.1
    assert pace.min() < 0.5 * 300.0
    assert pace.max() > 1.5 * 300.0


def test_a_footfall_shakes_less_from_afar_and_a_child_shakes_less() -> None:
    shaking = replace(STILL, footfall=5.0)
    still = np.ptp(readings(performed(), shaking)[1], axis=0)
    near = np.ptp(readings(performed(walkers=[walker(0.5)]), shaking)[1], axis=0)
    far = np.ptp(readings(performed(walkers=[walker(10.5)]), shaking)[1], axis=0)
    child = np.ptp(readings(performed(walkers=[walker(0.5, stature=1.0)]), shaking)[1], axis=0)
    assert np.all((still < far) & (far < child) & (child < near))
    assert np.median(near / far) == pytest.approx(np.exp(10.0 / shaking.fading), rel=0.3)


def test_many_feet_shake_with_the_square_root_of_their_number() -> None:
    shaking = replace(STILL, footfall=5.0, footfall_spread=0.0)
    one = readings(performed(walkers=[walker(0.5)]), shaking)[1].std(axis=0)
    sixteen = readings(performed(walkers=[walker(0.5)] * 16), shaking)[1].std(axis=0)
    assert np.median(sixteen / one) == pytest.approx(4.0, rel=0.1)


def test_a_dead_plate_reads_nothing_a_stuck_one_always_the_same_and_the_others_go_on() -> None:
    faulty = ScaleSettings(dead=("F.1.1",), stuck=("F.1.2", "F.2.5"))
    _, grams = readings(performed(walkers=[walker(0.5)]), faulty)
    assert np.isnan(grams[:, 0]).all()
    assert np.ptp(grams[:, [1, 9]], axis=0).tolist() == [0.0, 0.0]
    assert np.all(np.std(grams[:, 2:9], axis=0) > 0.1)


def test_a_scale_that_is_to_fail_must_be_there() -> None:
    with pytest.raises(SimulationError, match=r"scale F\.9\.9 is to fail, and the store test has no such scale"):
        readings(performed(), ScaleSettings(dead=("F.9.9",)))


def test_no_plate_reads_more_than_it_can_carry() -> None:
    times, grams = readings(performed([moved(placed(30_000.0, F_1_1=1.0), Action.PUT_BACK)]))
    assert level(times, grams, 10.0, SECONDS)[0] == pytest.approx(STILL.capacity, abs=1.0)


def test_readings_are_steps_of_the_converter_on_an_offset() -> None:
    _, grams = readings(performed(walkers=[walker(0.5)]), ScaleSettings(offset=50.0))
    steps = np.diff(grams, axis=0) / ScaleSettings().resolution
    assert np.abs(steps - np.round(steps)).max() < 1e-3


def test_messages_hold_twelve_samples_and_come_in_order_after_the_last_of_them() -> None:
    recorded = list(scale_samples(performed()))
    assert {each.topic for each in recorded} == {"scales/F/samples"}
    assert {each.observation.grams.shape for each in recorded} == {(12, 10)}
    assert {b.observation.stamp - a.observation.stamp for a, b in pairwise(recorded)} <= {
        199_999_999 + k for k in range(3)
    }
    assert all(a.log_time <= b.log_time for a, b in pairwise(recorded))
    assert all(each.log_time > each.observation.stamp + 11 / 60 * 1e9 for each in recorded)
    assert SECONDS - 0.6 < len(recorded) * 0.2 <= SECONDS


def test_equal_seeds_give_equal_bytes_and_others_others() -> None:
    def content(seed: int) -> list[tuple[int, int, bytes]]:
        performance = performed([moved(placed(500.0, F_1_1=1.0), Action.PUT_BACK)], walkers=[walker(0.5)], seed=seed)
        return [(r.log_time, r.observation.stamp, r.observation.grams.tobytes()) for r in scale_samples(performance)]

    assert content(1) == content(1)
    assert content(1) != content(2)


@pytest.mark.parametrize("seed", range(5))
def test_weighing_finds_what_was_taken_under_all_the_noise(seed: int) -> None:
    goods = placed(622.9, F_1_3=1.0)
    performance = performed(
        [moved(goods, Action.TAKE, begin=6.0, press=50.0)], standing=[goods], walkers=[walker(0.5)], seed=seed
    )
    stage = WeighingStage(STORE)
    outputs = [output for each in scale_samples(performance) for output in stage.process(each.observation)]
    (event,) = [output for output in (*outputs, *stage.finish()) if isinstance(output, WeightEvent)]
    assert [change.scale for change in event.changes] == ["F.1.3"]
    assert event.delta == pytest.approx(-622.9, abs=5 * event.sigma + 1.0)
    assert (event.begin - START) * 1e-9 == pytest.approx(5.9, abs=0.3)
