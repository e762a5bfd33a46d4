"""A small embedding of goods in hand and of catalogue pictures: the network, and how it is taught.

Both become 32 numbers of unit length; a cut of a hand gives one number more, that it shows nothing. They
are taught to tell the pack in a cut from all others of the batch by the cosines (InfoNCE, arXiv 1807.03748).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from goods_crops import PIXELS
from goods_drawing import WIDER, Drawn
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

Picture = NDArray[np.uint8]

NUMBERS = 32
"""Of an embedding."""

VISIBLE = 0.008
"""Share of a cut on which goods have to be seen to be learnt from, 13 pixels of 1,600; with fewer it shows nothing."""

BATCH = 96
RATE = 1.5e-3
DECAY = 1e-2
WARM_UP = 0.05
"""Cuts a step, highest rate of learning, decay of weights (AdamW), and the share of steps in which the rate grows."""


class Tower(nn.Module):
    """Five convolutions, and the features of the places that tell most."""

    def __init__(self) -> None:
        super().__init__()
        widths = ((3, 32, 5, 2), (32, 48, 3, 2), (48, 64, 3, 1), (64, 96, 3, 1), (96, 128, 3, 2))
        layers: list[nn.Module] = []
        for before, after, size, stride in widths:
            layers += [nn.Conv2d(before, after, size, stride, size // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.telling = nn.Conv2d(widths[-1][1], 1, 1)
        self.numbers = nn.Linear(2 * widths[-1][1], NUMBERS)
        self.nothing = nn.Linear(2 * widths[-1][1], 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings [N, 32] of pictures [N, 3, PIXELS, PIXELS], 0 to 1, and how much they show nothing [N]."""
        seen = self.layers(pictures - 0.45)
        share = torch.softmax(self.telling(seen).flatten(1), 1)
        features = torch.cat([(seen.flatten(2) * share[:, None]).sum(2), seen.flatten(2).amax(2)], 1)
        return functional.normalize(self.numbers(features).float(), dim=1), self.nothing(features)[:, 0].float()


class Embedding(nn.Module):
    """One tower for cuts of hands and one for catalogue pictures: white grounds and hands differ too much for one."""

    def __init__(self) -> None:
        super().__init__()
        self.hands, self.products = Tower(), Tower()
        self.sharpness = nn.Parameter(torch.tensor(math.log(10.0)))


def tensor_of(pictures: Picture) -> Tensor:
    """BGR pictures [N, height, width, 3] as the network takes them."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255


def scores(network: Embedding, cuts: Picture, catalogue: Picture) -> NDArray[np.float64]:
    """Scores of cuts [N] against all products of a catalogue [M, views], and of nothing, as the last: [N, M + 1]."""
    network.eval()
    with torch.no_grad():
        products = catalogue_embeddings(network, tensor_of(catalogue.reshape(-1, *catalogue.shape[2:])), len(catalogue))
        embedded, nothing = network.hands(tensor_of(cuts))
        near = network.sharpness.exp() * embedded @ products.T
        return torch.cat([near, nothing[:, None]], 1).double().numpy()


def catalogue_embeddings(network: Embedding, pictures: Tensor, products: int) -> Tensor:
    """One embedding a product, of its pictures' mean, [products, 32]; each product's pictures follow one another."""
    views, _ = network.products(pictures)
    return functional.normalize(views.reshape(products, -1, NUMBERS).mean(1), dim=1)


def taught(drawn: Sequence[Drawn], steps: int, seed: int, told: Callable[[int, float], None]) -> Embedding:
    """Teaches a network; equal arguments and versions give equal weights.

    Args:
        drawn: To learn from.
        steps: Of the optimizer.
        seed: Of the untaught weights and all that is drawn.
        told: Called with the step and its loss now and then.
    """
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    starts = np.cumsum([0, *(len(one.catalogue) for one in drawn)])
    cuts = np.concatenate([one.cuts for one in drawn])
    catalogue = np.concatenate([one.catalogue for one in drawn])
    shown = [(one.product >= 0) & (one.seen >= VISIBLE) for one in drawn]
    product = np.concatenate(
        [np.where(seen, one.product + start, -1) for one, seen, start in zip(drawn, shown, starts, strict=False)]
    )
    holding, empty = np.flatnonzero(product >= 0), np.flatnonzero(product < 0)
    network = Embedding().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * _pace(step / steps)
        full = draw.choice(holding, 3 * BATCH // 4, replace=False)
        some = np.concatenate([full, draw.choice(empty, BATCH // 4)])
        wanted, label = np.unique(product[some], return_inverse=True)  # -1, nothing, is the first
        wanted = wanted[1:]
        views = np.stack([draw.choice(catalogue.shape[1], 2, replace=False) for _ in wanted])
        shots = catalogue[wanted[:, None], views].reshape(-1, PIXELS, PIXELS, 3)
        network.train()
        with torch.autocast("cpu", torch.bfloat16):
            embedded, nothing = network.hands(_laid(disturbed(tensor_of(cuts[some]), draw)))
            shown = network.products(_laid(tensor_of(shots)))[0].reshape(len(wanted), 2, NUMBERS)
        sharpness = network.sharpness.exp()
        near = sharpness * embedded @ functional.normalize(shown.mean(1), dim=1).T
        loss = functional.cross_entropy(torch.cat([nothing[:, None], near], 1), torch.from_numpy(label))
        # Two pictures of one pack are told from others' too: without that, nothing was learnt in 180 steps.
        alike = sharpness * shown[:, 0] @ shown[:, 1].T
        loss = loss + functional.cross_entropy(alike, torch.arange(len(wanted)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            told(step, float(loss.detach()))
    return network.eval()


def _laid(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)


def _pace(done: float) -> float:
    """The share of the highest rate: up within `WARM_UP`, then down with a cosine (arXiv 1608.03983)."""
    if done < WARM_UP:
        return done / WARM_UP
    return 0.01 + 0.495 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def disturbed(wide: Tensor, draw: np.random.Generator) -> Tensor:
    """Cuts of cuts [N, 3, PIXELS, PIXELS]: moved as wrists are wrong, scaled, mirrored, recoloured, covered in part."""
    number = len(wide)
    size = draw.uniform(0.8, 1.2, number) / WIDER * np.exp(draw.normal(0, 0.05, number))
    shift = np.clip(draw.normal(0, 0.11, (number, 2)), -0.25, 0.25)
    mirror = np.where(draw.random(number) < 0.5, -1.0, 1.0)
    places = np.zeros((number, 2, 3))
    places[:, 0, 0], places[:, 1, 1], places[:, :, 2] = size * mirror, size, shift
    grid = functional.affine_grid(torch.from_numpy(places).float(), [number, 3, PIXELS, PIXELS], align_corners=False)
    cuts = functional.grid_sample(wide, grid, padding_mode="border", align_corners=False)
    gain = draw.normal(1, 0.08, (number, 1, 1, 1)) * draw.normal(1, 0.03, (number, 3, 1, 1))
    cuts = cuts * torch.from_numpy(gain).float() + torch.from_numpy(draw.normal(0, 0.03, (number, 1, 1, 1))).float()
    for one in np.flatnonzero(draw.random(number) < 0.25).tolist():
        top, left = draw.integers(0, PIXELS, 2)
        high, broad = draw.integers(4, PIXELS // 2, 2)
        cuts[one, :, top : top + high, left : left + broad] = torch.from_numpy(draw.uniform(0, 1, (3, 1, 1))).float()
    return cuts.clamp(0, 1)
