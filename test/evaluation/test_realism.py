"""The report of realism measures what is in a recording, and says what is not alike."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.evaluation.realism import realism
from storegraph.evaluation.realism.figures import Comparison, Figures, Quantity, Range, Verdict, compare
from storegraph.evaluation.realism.heard import Heard, hear
from storegraph.evaluation.realism.noise import noise_figures
from storegraph.evaluation.realism.people import people_figures
from storegraph.evaluation.realism.steps import cross_talk_figures, step_figures
from storegraph.graph.bag import BagError, BagWriter
from storegraph.observations import ScaleSamples, Shopper, Shoppers, ShopperState
from storegraph.store.file import write_store
from storegraph.store.model import Fixture, Scale, Shelf, Store

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
SECONDS = 20
PLATES = tuple(f"F.1.{k}" for k in range(8))
STORE = Store(
    id="test",
    name="Test",
    currency="EUR",
    time_zone="UTC",
    fixtures=(
        Fixture(
            id="F",
            position=(0.0, 0.0, 0.0),
            size=(1.6, 0.4, 1.0),
            shelves=(
                Shelf(
                    id="F.1",
                    height=0.5,
                    clearance=0.4,
                    scales=tuple(
                        Scale(id=scale, position=(0.2 * k, 0.0), size=(0.2, 0.4)) for k, scale in enumerate(PLATES)
                    ),
                ),
            ),
        ),
    ),
)
TIMES = np.arange(SECONDS * 60) / 60.0


def white(sigma: float, seed: int = 1) -> np.ndarray:
    """Readings with nothing but white noise, shape [sample, plate]."""
    return sigma * np.random.default_rng(seed).standard_normal((len(TIMES), len(PLATES)))


def recorded(folder: Path, grams: np.ndarray, people: Iterable[Shoppers] = ()) -> Path:
    bag = folder / "bag"
    with BagWriter(bag, STORE.id, durable=False) as writer:
        for snapshot in people:
            writer.write("shoppers", snapshot, snapshot.stamp + SECOND // 10)
        for first in range(0, len(grams), 12):
            stamp = START + round(TIMES[first] * SECOND)
            batch = ScaleSamples(stamp, "F", 60.0, PLATES, grams[first : first + 12].astype(np.float32))
            writer.write("scales/F/samples", batch, stamp + SECOND // 4)
    return bag


def heard(folder: Path, grams: np.ndarray, people: Iterable[Shoppers] = ()) -> Heard:
    return hear(recorded(folder, grams, people), STORE)


def named(figures: Figures, name: str) -> np.ndarray:
    (values,) = (values for quantity, values in figures.items() if quantity.name == name)
    return values


def test_white_noise_is_measured_as_what_it_is(tmp_path: Path) -> None:
    figures = noise_figures(heard(tmp_path, white(2.0)))
    assert named(figures, "noise at rest, sigma") == pytest.approx(np.full(8, 2.0), rel=0.15)
    in_band = 2.0 * np.sqrt(9.0 / 30.0)
    assert np.median(named(figures, "at rest, 20 to 29 Hz, sigma")) == pytest.approx(in_band, rel=0.15)


def test_an_oscillation_is_found_in_its_band(tmp_path: Path) -> None:
    grams = white(0.1) + 5.0 * np.sin(2.0 * np.pi * 8.0 * TIMES)[:, None]
    figures = noise_figures(heard(tmp_path, grams))
    assert named(figures, "walking, 6 to 12 Hz, sigma") == pytest.approx(np.full(8, 5.0 / np.sqrt(2.0)), rel=0.05)
    assert named(figures, "walking, 12 to 20 Hz, sigma") == pytest.approx(np.full(8, 0.05), abs=0.03)
    assert named(figures, "strongest frequency while people walk") == pytest.approx(np.full(8, 8.0))


def test_rest_and_walking_are_told_apart(tmp_path: Path) -> None:
    figures = noise_figures(heard(tmp_path, white(1.0) * np.where(TIMES > 10.0, 4.0, 1.0)[:, None]))
    assert np.median(named(figures, "noise at rest, sigma")) == pytest.approx(1.0, rel=0.1)
    assert np.median(named(figures, "noise while people walk, sigma")) == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("fading", [0.25, 0.5, 1.0])
def test_the_fading_of_vibration_is_measured(tmp_path: Path, fading: float) -> None:
    since = np.mod(TIMES, 4.0 * fading)
    grams = white(0.02) + 50.0 * white(1.0, seed=2) * np.exp(-since / fading)[:, None]
    (found,) = named(noise_figures(heard(tmp_path, grams)), "vibration falls to 1/e, where it falls fastest, in")
    assert 0.5 * fading < found <= fading


def test_a_level_that_drifts_is_seen(tmp_path: Path) -> None:
    figures = noise_figures(heard(tmp_path, white(0.1) + 0.5 * TIMES[:, None]))
    (drift,) = (values for quantity, values in figures.items() if quantity.name.startswith("level at rest"))
    assert np.all((drift > 1.4) & (drift < 3.1))


def test_steps_of_the_converter_and_repeated_readings_are_seen(tmp_path: Path) -> None:
    grams = np.round(white(20.0) / 0.25) * 0.25
    grams[4::4] = grams[3:-1:4]
    figures = noise_figures(heard(tmp_path, grams))
    assert named(figures, "step of the converter") == pytest.approx(np.full(8, 0.25))
    assert named(figures, "readings that repeat the one before") == pytest.approx(np.full(8, 0.25), abs=0.02)


def test_a_step_its_press_and_its_cross_talk_are_measured(tmp_path: Path) -> None:
    grams = white(0.3)
    done = np.clip((TIMES - 10.0) / 0.5, 0.0, 1.0)
    press = np.clip(1.0 - np.abs(TIMES - 9.85) / 0.15, 0.0, 1.0)
    grams[:, 3] += -500.0 * done + 100.0 * press
    grams[:, 4] += 0.02 * -500.0 * done
    recording = heard(tmp_path, grams)
    assert [event.changes[0].scale for event in recording.events] == ["F.1.3"]
    figures = step_figures(recording)
    assert named(figures, "a step lasts, from 10 to 90 %") == pytest.approx([0.4], abs=0.06)
    assert named(figures, "a hand presses before goods leave by") == pytest.approx([100.0], abs=8.0)
    shares = named(cross_talk_figures(recording), "share of a step that a plate reads beside")
    assert sorted(shares) == pytest.approx([0.0, 0.02], abs=0.002)


def test_missing_joints_and_jitter_are_measured_and_hands_are_found_at_the_goods(tmp_path: Path) -> None:
    grams = white(0.3)
    grams[TIMES > 10.0, 3] -= 500.0
    random = np.random.default_rng(3)
    people = []
    for tick in range(SECONDS * 15):
        positions = np.full((6, 3), [0.7, 0.2, 0.5]) + random.normal(0.0, 0.01, (6, 3)) + [0.0, 0.0, 0.2]
        if tick % 5 == 0:
            positions[4] = np.nan
        joints = ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist")
        shopper = Shopper(
            "7",
            ShopperState.TRACKED,
            positions.astype(np.float32),
            np.empty((0, 6), np.float32),
            np.full(6, 0.9, np.float32),
        )
        people.append(Shoppers(START + tick * SECOND // 15, joints, (shopper,)))
    figures = people_figures(heard(tmp_path, grams, people))
    assert named(figures, "snapshots of people a second") == pytest.approx([15.0], rel=0.01)
    assert sorted(named(figures, "wrist, not seen")) == pytest.approx([0.0, 0.2])
    assert named(figures, "elbow, jitter, sigma an axis") == pytest.approx([0.01, 0.01], rel=0.2)
    assert named(figures, "from a snapshot's stamp to its receipt") == pytest.approx(np.full(len(people), 0.1))
    assert named(figures, "from the nearest wrist to the middle of the goods") == pytest.approx([0.0], abs=0.03)


def test_people_without_wrists_and_a_store_without_people_are_no_error(tmp_path: Path) -> None:
    for name, joints in (("none", ()), ("noses", ("nose",))):
        (tmp_path / name).mkdir()
        positions, confidence = np.ones((len(joints), 3), np.float32), np.ones(len(joints), np.float32)
        shopper = Shopper("7", ShopperState.TRACKED, positions, np.empty((0, 6), np.float32), confidence)
        people = [Shoppers(START + k * SECOND, joints, (shopper,) if joints else ()) for k in range(9)]
        figures = people_figures(heard(tmp_path / name, white(1.0), people))
        assert [quantity.name for quantity, values in figures.items() if "wrist" in quantity.name and len(values)] == []


@given(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=30))
def test_everything_agrees_with_itself_if_there_is_enough_of_it(values: list[float]) -> None:
    figures = {Quantity("any", "g", "plate"): np.array(values)}
    (only,) = compare(figures, figures)
    assert only.verdict is (Verdict.INSIDE if len(values) >= 5 else Verdict.UNKNOWN)


def spread(count: int, low: float, median: float, high: float) -> Range:
    return Range(count, 0.5 * low, low, median, high, 2.0 * high)


@pytest.mark.parametrize(
    ("simulated", "verdict"),
    [
        (spread(50, 0.9, 1.2, 2.0), Verdict.INSIDE),
        (spread(50, 0.1, 0.2, 0.4), Verdict.LOWER),
        (spread(50, 3.0, 4.0, 5.0), Verdict.HIGHER),
        (spread(50, 1.4, 1.9, 2.5), Verdict.HIGHER),  # inside of the real range, but the real median is not in its
        (Range(1, 3.9, 3.9, 3.9, 3.9, 3.9), Verdict.INSIDE),  # a single value, below the largest
        (Range(1, 4.1, 4.1, 4.1, 4.1, 4.1), Verdict.HIGHER),
        (None, Verdict.UNKNOWN),
    ],
)
def test_a_figure_is_inside_where_each_median_lies_in_the_others_range(
    simulated: Range | None, verdict: Verdict
) -> None:
    assert Comparison(Quantity("any", "g", "plate"), spread(50, 0.5, 1.0, 2.0), simulated).verdict is verdict


def test_the_page_names_what_differs(tmp_path: Path) -> None:
    store = tmp_path / "store.yaml"
    write_store(STORE, store)
    (tmp_path / "real").mkdir()
    (tmp_path / "simulated").mkdir()
    real = recorded(tmp_path / "real", white(1.0))
    simulated = recorded(tmp_path / "simulated", white(3.0, seed=2))
    comparisons = realism(real, store, simulated, store, tmp_path / "out")
    (noise,) = (each for each in comparisons if each.quantity.name == "noise at rest, sigma")
    assert noise.verdict is Verdict.HIGHER
    page = (tmp_path / "out" / "realism.md").read_text(encoding="utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith("| noise at rest, sigma"))
    assert line.endswith("| too high |")
    for picture in ("realism-noise.svg", "realism-steps.svg"):
        assert f"({picture})" in page
        assert (tmp_path / "out" / picture).read_text(encoding="utf-8").startswith("<?xml")


def test_a_bag_in_which_no_scale_rests_is_refused_in_words(tmp_path: Path) -> None:
    store = tmp_path / "store.yaml"
    write_store(STORE, store)
    bag = recorded(tmp_path, np.zeros((len(TIMES), len(PLATES))))
    with pytest.raises(BagError, match="every scale is touched or reads nothing"):
        realism(bag, store, bag, store, tmp_path / "out")


def test_a_bag_that_is_too_short_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BagError, match=r"its scale samples last 2\.0 s; realism needs at least 4 s"):
        heard(tmp_path, white(1.0)[:120])


def test_a_bag_without_scale_samples_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="has no scale samples of the store test"):
        heard(tmp_path, white(1.0)[:0], [Shoppers(START, (), ())])
