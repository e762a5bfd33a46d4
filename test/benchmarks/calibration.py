"""How well cameras that were put wrong are found again from shoppers of the simulated store.

storegraph simulate shopping --store config/stores/corner.yaml --people 1 --seed 1 --out out/shop1
python test/benchmarks/calibration.py out/shop1
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from storegraph.calibration.extrinsics import places_from_people
from storegraph.calibration.survey import MeasuredCamera, Survey
from storegraph.calibration.turning import matrix, vector
from storegraph.calibration.viewpoint import axes, placed
from storegraph.store.file import load_store
from storegraph.store.model import Camera

STORE = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"
SHIFT = 0.3
"""Metres, in a direction of its own for each camera."""
TURN = np.radians(5.0)
"""Radians, the same."""


def misplaced(camera: Camera, random: np.random.Generator) -> Camera:
    """A camera that was put wrong."""
    shift, turn = random.standard_normal((2, 3))
    rotation = matrix(TURN * turn / np.linalg.norm(turn)) @ axes(camera)
    return placed(camera, rotation, np.array(camera.position) + SHIFT * shift / np.linalg.norm(shift))


@click.command()
@click.argument("bag", type=click.Path(path_type=Path))
@click.option("--seconds", default=60.0, show_default=True, help="Of the bag that are used.")
@click.option("--seeds", default=2, show_default=True, help="Of how the cameras are put wrong.")
def main(bag: Path, seconds: float, seeds: int) -> None:
    """Prints a line for each seed, with rough poses alone and with two cameras that were measured."""
    store = load_store(STORE)
    measured = tuple(MeasuredCamera(id=each.id, position=each.position) for each in store.cameras[::2])
    surveys = {"rough poses": Survey(), "two cameras measured": Survey(cameras=measured)}
    table = Table("known", "seed", r"off \[mm]", r"said \[mm]", r"off \[deg]", r"clocks off \[ms]")
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        rough = store.model_copy(update={"cameras": tuple(misplaced(each, random) for each in store.cameras)})
        for known, survey in surveys.items():
            report = places_from_people(bag, rough, survey, seconds=seconds)
            pairs = list(zip(report.cameras, store.cameras, strict=True))
            off = [np.linalg.norm(np.subtract(each.camera.position, true.position)) for each, true in pairs]
            said = [np.linalg.norm(each.position_sigma) for each, _ in pairs]
            turned = [np.linalg.norm(vector(axes(each.camera) @ axes(true).T)) for each, true in pairs]
            clocks = [abs(each.clock[0]) for each, _ in pairs if each.clock]
            table.add_row(
                known,
                str(seed),
                " ".join(f"{1000 * value:.0f}" for value in off),
                " ".join(f"{1000 * value:.0f}" for value in said),
                " ".join(f"{np.degrees(value):.1f}" for value in turned),
                " ".join(f"{1000 * value:.0f}" for value in clocks),
            )
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
