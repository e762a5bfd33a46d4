"""How the own network is taught: the recipe, and the loop that follows it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storegraph import __version__
from storegraph.atomic import whole_file
from storegraph.simulation.chance import chance
from storegraph.vision.compact_network import CompactNetwork
from storegraph.vision.weights import Weights

from .arms import who_reaches
from .augmentation import augmented
from .dataset import Example
from .errors import TrainingError
from .targets import Targets, loss_of, targets_of

Progress = Callable[[int, int], None]
"""Called with the thousandths that are done, and a thousand."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to teach.

    Attributes:
        steps: Of the optimizer, in all.
        minutes: After which the teaching has to be at its end, whatever the steps; 0: as long as it takes. Two
            trainings are equal only where this does not end them.
        batch: Squares cut out of pictures for each step.
        side: Of those squares, pixels.
        real: Share of the squares that are of real pictures, where there are any.
        reaching: Share of the squares that are cut out around somebody who reaches, where there is anybody.
        rate: Of learning, at its highest.
        decay: Of the weights (AdamW, arXiv 1711.05101).
        averaged: Share of the mean over steps, which is what is kept, that one step leaves as it was.
        seed: Of the untaught weights, of the order of the pictures and of what becomes of them.
        threads: Of the processor.
    """

    steps: int = 6000
    minutes: float = 0.0
    batch: int = 16
    side: int = 256
    real: float = 0.2
    reaching: float = 0.4
    rate: float = 2e-3
    decay: float = 1e-2
    averaged: float = 0.998
    seed: int = 0
    threads: int = 1


WARM_UP = 0.03
"""Share of the teaching in which the rate grows from nothing: a normalization has no means yet."""

REPORTED = 20
"""Steps from one point of the curves to the next."""

KEPT_EVERY = 120.0
"""Seconds from one checkpoint to the next: what is lost at most."""


class Batch(NamedTuple):
    """What one step learns from.

    Attributes:
        pictures: Squares, RGB, 0 to 255, shape [batch, 3, side, side].
        targets: What is asked of them.
    """

    pictures: Tensor
    targets: Targets


class Teaching:
    """A network that is being taught, which can be put aside and gone on with."""

    def __init__(self, recipe: Recipe) -> None:
        """Before the first step."""
        torch.manual_seed(recipe.seed)
        torch.set_num_threads(recipe.threads)
        self.recipe = recipe
        self.network: CompactNetwork = CompactNetwork().to(memory_format=torch.channels_last)
        self.mean = deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        self.step, self.seconds = 0, 0.0
        self.curve: list[dict[str, float]] = []

    @property
    def done(self) -> float:
        """The share that is done, 0 to 1: of the steps, or of the time where that runs out sooner."""
        of_time = self.seconds / (60 * self.recipe.minutes) if self.recipe.minutes else 0.0
        return min(1.0, max(self.step / self.recipe.steps, of_time))

    def teach(self, examples: Sequence[Example], progress: Progress, checkpoint: Path | None = None) -> None:
        """Teaches to the end of the recipe.

        Args:
            examples: To learn from.
            progress: Told how far it is.
            checkpoint: Where to put the teaching aside from time to time.

        Raises:
            TrainingError: There are no examples, or one cannot be read.
            OutputError: The checkpoint cannot be written.
        """
        if not examples:
            raise TrainingError("there are no pictures to learn from")
        told: list[tuple[float, ...]] = []
        saved = begun = monotonic()
        before = self.seconds
        ahead = ThreadPoolExecutor(1)  # draws the next squares meanwhile
        squares = Squares(examples, self.recipe)
        coming = ahead.submit(squares.batch, self.step)
        while self.done < 1.0:
            batch = coming.result()
            coming = ahead.submit(squares.batch, self.step + 1)
            told.append(self.advance(batch))
            self.seconds = before + monotonic() - begun
            if self.step % REPORTED == 0:
                means = np.mean(told, axis=0).tolist()
                names = ("loss", "centre", "joint", "expected", "place")
                self.curve.append({"step": self.step, "seconds": self.seconds, **dict(zip(names, means, strict=True))})
                told = []
                progress(int(1000 * self.done), 1000)
            if checkpoint and monotonic() - saved > KEPT_EVERY:
                self.save(checkpoint)
                saved = monotonic()
        ahead.shutdown()
        if checkpoint:
            self.save(checkpoint)

    def begin_with(self, weights: Weights) -> None:
        """Begins with what another teaching came to.

        Raises:
            VisionError: The weights are another network's.
        """
        for network in (self.network, self.mean):
            weights.into(network)

    def save(self, path: Path) -> None:
        """Puts the teaching aside, in place of what was put there before.

        Raises:
            OutputError: The file cannot be written.
        """
        state = {
            "recipe": asdict(self.recipe),
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "curve": self.curve,
        }
        with whole_file(path, replace=True) as fresh:
            torch.save(state, fresh)

    def resume(self, path: Path) -> None:
        """Goes on where a teaching was put aside; steps and minutes may have become more.

        Raises:
            TrainingError: The file is no such teaching, or another recipe's.
        """
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True)
            same = ("batch", "side", "real", "reaching", "rate", "decay", "averaged", "seed")
            for name in same:
                was, wanted = state["recipe"][name], getattr(self.recipe, name)
                if was != wanted:
                    raise TrainingError(f"{path}: was begun with {name} {was}, not {wanted}; give that, or begin anew")
            self.network.load_state_dict(state["network"])
            self.mean.load_state_dict(state["mean"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (OSError, EOFError, KeyError, RuntimeError, ValueError, UnpicklingError) as error:
            raise TrainingError(f"{path}: is no teaching that can be gone on with: {error}; delete it") from None
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]

    def advance(self, batch: Batch) -> tuple[float, ...]:
        """Makes one step.

        Args:
            batch: Of this step, as `Squares` draws it.

        Returns:
            How wrong the network was: the numbers of `Loss`.
        """
        recipe = self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.rate * _pace(self.done)
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16):
            maps = self.network(batch.pictures)
        loss = loss_of(maps, batch.targets)
        self.optimizer.zero_grad()
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self._average()
        self.step += 1
        return tuple(float(value.detach()) for value in loss)

    def _average(self) -> None:
        """Moves the mean towards the network; faster at first, when the mean is of what was not taught yet."""
        kept = min(self.recipe.averaged, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.mean.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - kept)
                else:
                    mean.copy_(now)


def _pace(done: float) -> float:
    """The share of the highest rate: up within `WARM_UP`, then down with a cosine (arXiv 1608.03983)."""
    if done < WARM_UP:
        return (done + 1e-3) / (WARM_UP + 1e-3)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


class Squares:
    """What is learnt from, drawn anew for every step.

    Args:
        examples: To draw from.
        recipe: Says what of.
    """

    def __init__(self, examples: Sequence[Example], recipe: Recipe) -> None:
        self._recipe = recipe
        kinds = [[example for example in examples if example.rendered is rendered] for rendered in (True, False)]
        self._kinds = [one or other for one, other in (kinds, kinds[::-1])]
        self._reaching = [
            [(example, int(who)) for example in kind for who in who_reaches(example.people)] for kind in self._kinds
        ]

    def batch(self, step: int) -> Batch:
        """Draws the squares of one step; every step draws for itself.

        Raises:
            TrainingError: A picture cannot be read.
        """
        recipe = self._recipe
        draw = chance(recipe.seed, "training", "batch", str(step))
        squares: list[NDArray[np.uint8]] = []
        everybody = []
        for real, reaching in (draw.random((recipe.batch, 2)) < (recipe.real, recipe.reaching)).tolist():
            example, about = self._drawn(real, reaching, draw)
            square, people = augmented(example.pixels(), example.people, recipe.side, draw, about)
            squares.append(square[..., ::-1])
            everybody.append(people)
        pictures = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float()
        targets = targets_of(everybody, recipe.side, recipe.side)
        return Batch(pictures.contiguous(memory_format=torch.channels_last), targets)

    def _drawn(self, real: bool, reaching: bool, draw: np.random.Generator) -> tuple[Example, int | None]:
        """A picture, and whom a square is to be cut out around."""
        if reaching and self._reaching[real]:
            return self._reaching[real][int(draw.integers(len(self._reaching[real])))]
        among = self._kinds[real]
        return among[int(draw.integers(len(among)))], None


def card_of(teaching: Teaching, examples: Sequence[Example]) -> dict[str, Any]:
    """What is to be known of the weights that a teaching came to."""
    return {
        "made_by": "storegraph train",
        "version": __version__,
        "torch": torch.__version__,
        "recipe": asdict(teaching.recipe),
        "steps": teaching.step,
        "minutes": round(teaching.seconds / 60, 1),
        "rendered_pictures": sum(example.rendered for example in examples),
        "real_pictures": sum(not example.rendered for example in examples),
        "last": teaching.curve[-1] if teaching.curve else {},
    }


def write_curve(curve: Sequence[dict[str, float]], folder: Path) -> None:
    """Writes `curve.json` and `curve.png`: the losses, step by step.

    Raises:
        OutputError: They cannot be written.
    """
    from matplotlib.figure import Figure

    with whole_file(folder / "curve.json", replace=True) as fresh:
        fresh.write_text(json.dumps(list(curve), indent=1) + "\n", encoding="utf-8")
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    steps = [point["step"] for point in curve]
    for name in ("loss", "centre", "joint", "expected", "place"):
        axes.plot(steps, [point[name] for point in curve], label=name)
    axes.set(xlabel="step", ylabel="loss", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend()
    with whole_file(folder / "curve.png", replace=True) as fresh:
        figure.savefig(fresh, dpi=100)
