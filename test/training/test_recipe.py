"""Teaching makes a network less wrong, equally every time, and can be put aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from arm_poses import standing

cv2 = pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')
torch = pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

from storegraph.training.dataset import Example, People, read_scenes, scene_folder, write_scene  # noqa: E402
from storegraph.training.errors import TrainingError  # noqa: E402
from storegraph.training.recipe import Recipe, Squares, Teaching, card_of, write_curve  # noqa: E402
from storegraph.vision.weights import Weights  # noqa: E402

QUICK = Recipe(steps=40, batch=2, side=64, rate=3e-3)
"""Two points of the curve."""


def drawn(seed: int) -> tuple[np.ndarray, People]:
    """Somebody made of a bright bar, their joints along it, before a grey wall."""
    draw = np.random.default_rng(seed)
    pixels = np.full((96, 96, 3), 60, np.uint8)
    x = int(draw.integers(24, 72))
    cv2.line(pixels, (x, 20), (x, 76), (230, 240, 250), 7)
    points = np.column_stack([np.full(17, x), np.linspace(20, 76, 17)]).astype(np.float32)[None]
    return pixels, People.known(points, np.zeros((1, 17), np.float32), np.zeros((1, 17), np.float32))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("scenes")
    write_scene(scene_folder(folder, 0), [drawn(seed) for seed in range(4)])
    return read_scenes(folder)


def taught(examples: list[Example], recipe: Recipe = QUICK) -> Teaching:
    teaching = Teaching(recipe)
    teaching.teach(examples, lambda done, total: None)
    return teaching


def equal(one: Teaching, other: Teaching) -> bool:
    states = one.mean.state_dict(), other.mean.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.fixture(scope="module")
def at_its_end(examples: list[Example]) -> Teaching:
    return taught(examples)


def test_teaching_makes_a_network_less_wrong(at_its_end: Teaching) -> None:
    first, last = at_its_end.curve
    assert last["loss"] < 0.8 * first["loss"]


def test_squares_are_cut_out_around_who_reaches(tmp_path: Path) -> None:
    nothing_hidden = np.zeros((2, 1, 17), np.float32)
    arms = {60: standing((60, 108), (40, 108)), 220: standing((78, 90), (40, 108))}
    shown = [
        (np.full((200, 200, 3), grey, np.uint8), People.known(points[None].astype(np.float32), *nothing_hidden))
        for grey, points in arms.items()
    ]
    write_scene(scene_folder(tmp_path, 0), shown)
    both = read_scenes(tmp_path)
    squares = [Squares(both, replace(QUICK, reaching=share, batch=20)) for share in (0.0, 1.0)]
    hanging, reaching = ((each.batch(0).pictures.amax((1, 2, 3)) < 140).sum() for each in squares)
    assert reaching < hanging / 2


def test_equal_recipes_give_equal_weights(examples: list[Example]) -> None:
    short = replace(QUICK, steps=2)
    assert equal(taught(examples, short), taught(examples, short))
    assert not equal(taught(examples, short), taught(examples, replace(short, seed=1)))


def test_a_teaching_put_aside_goes_on_as_if_it_had_not_been(examples: list[Example], tmp_path: Path) -> None:
    whole, begun, resumed = (Teaching(replace(QUICK, steps=4)) for _ in range(3))
    whole.teach(examples, lambda done, total: None)
    for _ in range(2):
        begun.advance(Squares(examples, begun.recipe).batch(begun.step))
    begun.save(tmp_path / "teaching.pt")
    resumed.resume(tmp_path / "teaching.pt")
    assert resumed.step == 2
    resumed.teach(examples, lambda done, total: None)
    assert equal(whole, resumed)


def test_a_teaching_begins_with_what_another_came_to(at_its_end: Teaching, examples: list[Example]) -> None:
    fresh, later = Teaching(replace(QUICK, steps=1)), Teaching(replace(QUICK, steps=1, rate=1e-9))
    later.begin_with(Weights.of(at_its_end.mean, {}))
    for teaching in (fresh, later):
        teaching.teach(examples, lambda done, total: None)
    losses = [teaching.advance(Squares(examples, QUICK).batch(0))[0] for teaching in (fresh, later)]
    assert losses[1] < 0.9 * losses[0]


def test_a_teaching_of_another_recipe_is_not_gone_on_with(tmp_path: Path) -> None:
    Teaching(QUICK).save(tmp_path / "teaching.pt")
    with pytest.raises(TrainingError, match="was begun with batch 2, not 8"):
        Teaching(replace(QUICK, batch=8)).resume(tmp_path / "teaching.pt")


def test_what_is_no_teaching_is_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "teaching.pt").write_bytes(b"no such thing")
    with pytest.raises(TrainingError, match=r"teaching\.pt: is no teaching"):
        Teaching(QUICK).resume(tmp_path / "teaching.pt")


def test_without_pictures_nothing_can_be_taught() -> None:
    with pytest.raises(TrainingError, match="no pictures"):
        Teaching(QUICK).teach([], lambda done, total: None)


def test_what_came_of_it_is_written_down(at_its_end: Teaching, examples: list[Example], tmp_path: Path) -> None:
    card = card_of(at_its_end, examples)
    assert (card["steps"], card["rendered_pictures"], card["real_pictures"]) == (40, 4, 0)
    write_curve(at_its_end.curve, tmp_path)
    assert (tmp_path / "curve.png").stat().st_size > 1000
    assert '"step": 20' in (tmp_path / "curve.json").read_text(encoding="utf-8")
