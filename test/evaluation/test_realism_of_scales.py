"""Simulated scales beside those of a real store, AutoCheckout's BENCHMARK-1: 17 s, one shopper, one bottle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storegraph.evaluation.realism.figures import Figures, Verdict, compare
from storegraph.evaluation.realism.heard import hear
from storegraph.evaluation.realism.noise import noise_figures
from storegraph.evaluation.realism.steps import cross_talk_figures, step_figures
from storegraph.graph.bag import BagWriter
from storegraph.importers.autocheckout import import_autocheckout
from storegraph.observations import Action
from storegraph.simulation.performance import Actor, Item, Movement, Performance, Standing
from storegraph.simulation.scales import scale_samples
from storegraph.simulation.script import Body, Credential, Script
from storegraph.store.file import load_store
from storegraph.store.model import Store

RECORDING = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "autocheckout-benchmark-1"

pytestmark = pytest.mark.skipif(not RECORDING.is_dir(), reason=f"the recording is not at {RECORDING}")

SECONDS = 17.2
STEPS = (5.0, 5.8, 6.5, 7.2, 7.8, 8.5, 11.0, 11.6, 13.6, 14.2, 14.8, 15.2, 15.5, 16.0, 16.4)
"""When the real shopper set a foot down, as the scales show it, seconds."""

WALK = ((0.0, 4.9, 9.0, 11.0, 12.0, 13.5, 14.8, 17.2), (3.4, 3.4, 0.8, 0.75, 0.95, 0.8, 0.3, 0.3))
"""Where along the gondolas they were when, seconds and metres; half a metre in front."""

BOTTLE = "G1.S5.P11"
SEEDS = (1, 2, 3)


def figures_of(bag: Path, store: Store) -> Figures:
    heard = hear(bag, store)
    return noise_figures(heard) | step_figures(heard) | cross_talk_figures(heard)


def the_same_again(store: Store, seed: int) -> Performance:
    """What happened in the recording, in the same store with scales of its own."""
    footfalls = np.column_stack([STEPS, np.interp(STEPS, *WALK), np.full(len(STEPS), -0.5)])
    frames = np.zeros((round(SECONDS * 30), 17, 3), np.float32)
    shopper = Actor("a", Body(1.75, 1.0, 35.0, 1), Credential.CARD, "t", "p", 0, frames, footfalls)
    bottle = (
        Item("bottle", "071142008582", 622.9, (0.07, 0.07, 0.2)),
        Standing(0, (0.0, 0.0, 0.0), 0.0, {BOTTLE: 1.0}),
    )
    taken = Movement(12.48, 12.57, "a", "right", Action.TAKE, (bottle,), {BOTTLE: -622.9}, 52.0)
    script = Script("the same again", seed, (), (), (), 0.0)
    return Performance(store, script, len(frames), (shopper,), (bottle,), (taken,), (), (), (), ())


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, list[Figures]]:
    """Figures of the real recording, and of a simulation with each seed."""
    folder = tmp_path_factory.mktemp("realism")
    import_autocheckout(RECORDING, folder / "real", folder / "store.yaml")
    store = load_store(folder / "store.yaml")
    simulated = []
    for seed in SEEDS:
        bag = folder / str(seed)
        with BagWriter(bag, store.id, durable=False) as writer:
            for each in scale_samples(the_same_again(store, seed)):
                writer.write(each.topic, each.observation, each.log_time)
        simulated.append(figures_of(bag, store))
    return figures_of(folder / "real", store), simulated


def test_every_figure_of_noise_and_vibration_agrees(both: tuple[Figures, list[Figures]]) -> None:
    real, simulated = both
    noise = [quantity for quantity in real if quantity.of in ("plate", "plate and pair", "shaken plate", "shelf")]
    pooled = {quantity: np.concatenate([figures[quantity] for figures in simulated]) for quantity in noise}
    comparisons = compare({quantity: real[quantity] for quantity in noise}, pooled)
    assert len(comparisons) == 17
    assert {each.quantity.name: each.verdict for each in comparisons if each.verdict is not Verdict.INSIDE} == {}


def test_the_one_real_step_looks_like_the_simulated_ones(both: tuple[Figures, list[Figures]]) -> None:
    real, simulated = both
    for quantity, tolerance in {
        "a step lasts, from 10 to 90 %": 0.034,  # seconds: two samples
        "a hand presses before goods leave by": 12.0,  # grams
        "largest swing after goods left, as a share of them": 0.02,
        "after goods left, within 2 % after": 0.05,
    }.items():
        (one,) = (values for key, values in real.items() if key.name == quantity)
        others = [values for figures in simulated for key, values in figures.items() if key.name == quantity]
        assert np.concatenate(others) == pytest.approx(np.full(len(SEEDS), one[0]), abs=tolerance), quantity


def test_cross_talk_stays_within_what_the_real_plates_show(both: tuple[Figures, list[Figures]]) -> None:
    real, simulated = both
    for quantity, values in real.items():
        if quantity.of == "plate and event":
            others = np.concatenate([figures[quantity] for figures in simulated])
            assert np.abs(others).max() < np.abs(values).max() + 0.01
