"""Gathering what to learn from, in a folder: what is there already is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

from storegraph.simulation.errors import SimulationError
from storegraph.store.model import Store
from storegraph.vision.detector import PersonDetector

from .dataset import People, scene_folder, write_scene
from .rendering import Picture, labelled_pictures
from .stores import random_store
from .teacher import taught_pictures

Progress = Callable[[int, int], None]
"""Called with the pictures that are there, and those there are to be."""

Labelled = Iterator[tuple[Picture, People]]
"""Pictures, and the people in them."""

CAMERAS, MOMENTS = 5, 36
"""Of a scene. Its shop and people take as long to build as 150 more pictures of them."""

SHORT = 12
"""Moments of a scene to judge by: more scenes with other people tell more than more moments of one."""

SEEDS = 1_000
"""Scenes of one seed at most: the first of the next seed comes after them."""

TAUGHT = 900_000
"""Number of the scene that holds real pictures."""


def collect_rendered(folder: Path, stores: Sequence[Store], seed: int, pictures: int, progress: Progress) -> None:
    """Renders scenes in random stores until there are enough pictures to learn from.

    Args:
        folder: Of the scenes.
        stores: Whose fixtures and goods they have, in turn.
        seed: Of everything.
        pictures: How many there are to be, at least.
        progress: Told after each scene.

    Raises:
        OutputError: The folder cannot be written.
    """

    def pictures_of(scene: int) -> Labelled:
        """Of every other scene those of arms that reach."""
        store = random_store(stores[scene % len(stores)], scene, CAMERAS)
        return labelled_pictures(store, scene, MOMENTS, reaching=scene % 2 == 1)

    _collect(folder, pictures_of, seed * SEEDS, pictures, progress)


def collect_seen(folder: Path, stores: Sequence[Store], seed: int, pictures: int, progress: Progress) -> None:
    """Renders what the cameras of some stores see until there are enough pictures to judge by.

    Args:
        folder: Of the scenes.
        stores: As they are, in turn.
        seed: Of the people.
        pictures: How many there are to be, at least.
        progress: Told after each scene.

    Raises:
        OutputError: The folder cannot be written.
    """
    _collect(
        folder, lambda scene: labelled_pictures(stores[scene % len(stores)], scene, SHORT), seed, pictures, progress
    )


def _collect(
    folder: Path, pictures_of: Callable[[int], Labelled], first: int, pictures: int, progress: Progress
) -> None:
    """Renders one scene after the other. One in which somebody finds no place to stand is passed over."""
    there = 0
    for scene in count(first):
        if there >= pictures:
            return
        target = scene_folder(folder, scene)
        if not target.exists():
            shown = pictures_of(scene)
            try:
                write_scene(target, shown)
            except SimulationError:
                continue
        there += sum(1 for _ in target.glob("*.jpg"))
        progress(min(there, pictures), pictures)


def collect_taught(folder: Path, sources: Sequence[Path], teacher: PersonDetector, every: int) -> int:
    """Keeps real pictures with what a teacher sees in them, in place of those kept before.

    Args:
        folder: Of the scenes.
        sources: Pictures, videos, or folders of them.
        teacher: Says what is in them.
        every: Of the pictures of a video, every so manieth is taken.

    Returns:
        How many there are.

    Raises:
        TrainingError: A source is not there, or nothing that holds pictures.
        OutputError: The folder cannot be written.
    """
    return write_scene(
        scene_folder(folder, TAUGHT), taught_pictures(sources, teacher, every), rendered=False, replace=True
    )
