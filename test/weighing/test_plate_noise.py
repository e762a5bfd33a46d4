"""What the noise model learns."""

from __future__ import annotations

import numpy as np
import pytest

from storegraph.weighing.model import DEFAULTS
from storegraph.weighing.noise import VARIANCE_FLOOR, NoiseModel, median


def resting(scales: int) -> NoiseModel:
    """A model that learns all of its scales."""
    model = NoiseModel(scales, DEFAULTS.block, DEFAULTS)
    for column in range(scales):
        model.attend(column, resting=True)
    return model


def feed(model: NoiseModel, squares: np.ndarray, vibration: float) -> None:
    """Shows the model some blocks, shape [block, 3, scale], under one vibration."""
    for block in squares:
        model.learn(block, model.expected(np.full(block.shape[1], vibration)))


def test_it_learns_the_variances_of_steady_noise():
    random = np.random.default_rng(1)
    model = resting(200)
    true = np.array([4.0, 9.0, 16.0])[:, np.newaxis]
    feed(model, true * random.normal(size=(1000, 3, 200)) ** 2, 0.0)
    for learnt, variance in zip((model.deviation, model.drift, model.rest), true[:, 0], strict=True):
        assert np.mean(learnt) == pytest.approx(variance, rel=0.05)


def test_vibration_that_is_expected_leaves_what_is_known_of_rest():
    random = np.random.default_rng(2)
    model = resting(200)
    feed(model, random.normal(size=(1000, 3, 200)) ** 2, 0.0)
    leaks = np.array([DEFAULTS.vibration_leak, DEFAULTS.vibration_drift, 0.0])[:, np.newaxis]
    feed(model, (1.0 + 400.0 * leaks) * random.normal(size=(300, 3, 200)) ** 2, 400.0)
    assert np.mean(model.deviation) == pytest.approx(1.0, rel=0.15)
    assert np.mean(model.drift) == pytest.approx(1.0, rel=0.15)


def test_one_outlier_raises_a_variance_by_little():
    model = resting(1)
    before = float(model.deviation[0])
    feed(model, np.full((1, 3, 1), 1e6), 0.0)
    assert before < model.deviation[0] < 1.2 * before


def test_one_shaken_block_lowers_a_variance_by_little():
    model = resting(1)
    feed(model, np.full((200, 3, 1), 4.0), 0.0)
    before = float(model.deviation[0])
    feed(model, np.full((1, 3, 1), 4.0), 1e6)
    assert 0.95 * before < model.deviation[0] < before


def test_a_scale_that_is_left_alone_is_not_learnt():
    model = resting(1)
    model.attend(0, resting=False)
    feed(model, np.full((10, 3, 1), 100.0), 0.0)
    assert model.deviation[0] == pytest.approx(VARIANCE_FLOOR)


@pytest.mark.parametrize("rows", [1, 2, 5, 8])
def test_the_median_is_that_of_numpy(rows):
    values = np.random.default_rng(rows).normal(size=(rows, 6))
    assert np.array_equal(median(values), np.median(values, axis=0))
