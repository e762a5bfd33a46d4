"""What looking at the goods in a hand tells: is it this product, of all, of equal weight, and is it this person's hand?

python test/benchmarks/goods_in_hand.py all --work out/goods

Needs `make pictures`, for MoveNet `storegraph models fetch`. `draw` draws hands with packs that no store sells, `teach`
teaches an embedding with them, `takes` renders takes in the corner shop, `measure` looks at those with it; what a step
has made is kept in the work folder. Some visits are for fitting the two numbers of `Trust`, the others
are judged. docs/goods.md tells what came out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import torch
from goods_crops import PIXELS, catalogue_pictures, cut
from goods_drawing import Drawn, drawn, unknown_product
from goods_embedding import Embedding, scores, taught
from goods_judging import Look, Trust, calibration, fitted, told_apart, told_from_empty
from goods_takes import Hand, hands_of, played, render_takes
from goods_wrists import WRISTS, arms_seen
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from storegraph.simulation.chance import chance
from storegraph.store.file import load_store
from storegraph.store.model import Product, Store

STORE = Path(__file__).resolve().parents[2] / "config/stores/corner.yaml"

FOR_FITTING = (("shopping", 11), ("shopping", 12), ("shopping", 13), ("shopping", 14))
JUDGED = (("shopping", 1), ("demo", 1), ("shopping", 2), ("shopping", 3))
"""Scenario and seed of visits."""
TAKES = 8
"""Of each visit."""

PARTS, PRODUCTS, LOOKS = 4, 150, 6
"""Packs are drawn in parts, each with people of its own; so many packs in each, from so many places."""
STEPS = 600

OF_FIT = (
    "hands with goods, takes",
    "a take: first, in first three",
    "between two of equal weight, a take",
    "which of two people took which, a take",
    "a take: sure and right, in the mean",
)
"""Rows that are told of the visits for fitting too: there are few takes."""

LARGER = (200, 1000)
"""Products in larger catalogues, of packs that no store sells beside the store's own."""

Floats = NDArray[np.float64]


def draw(store: Store, work: Path) -> None:
    """Draws what is learnt from."""
    for part in range(PARTS):
        path = work / f"drawn{part + 1}.npz"
        if path.exists():
            continue
        performances = (played(store, "shopping", 1000 + 100 * (part + 1) + seed) for seed in range(100))
        one = drawn(store, performances, PRODUCTS, LOOKS, part + 1)
        np.savez(path, cuts=one.cuts, product=one.product, seen=one.seen, catalogue=one.catalogue)


def teach(work: Path) -> None:
    """Teaches with all that was drawn."""
    parts = [Drawn(**np.load(path)) for path in sorted(work.glob("drawn*.npz"))]
    network = taught(parts, STEPS, 0, lambda step, loss: print(f"step {step}, loss {loss:.2f}", flush=True))
    torch.save(network.state_dict(), work / "embedding.pt")


def takes(store: Store, work: Path) -> None:
    """Renders takes."""
    visits = [visit for pair in zip(JUDGED, FOR_FITTING, strict=True) for visit in pair]
    render_takes(store, visits, TAKES, work / "takes")


def measure(store: Store, work: Path, found_by: Sequence[str]) -> None:
    """Looks at the takes, with wrists found by some networks, and prints what that tells."""
    network = Embedding()
    network.load_state_dict(torch.load(work / "embedding.pt", weights_only=True))
    network.eval()
    catalogue = np.stack([catalogue_pictures(product) for product in store.catalogue])
    hands = hands_of(work / "takes")
    judged = {f"{name}-{seed}" for name, seed in JUDGED}
    table = Table("looking from", *found_by)
    rows: dict[str, list[str]] = {}
    for wrists in found_by:
        looks = list(looks_at(hands, wrists, store, work / "takes", network, catalogue))
        trust = fitted([look for look in looks if look.hand.visit not in judged])
        shown = told([look for look in looks if look.hand.visit in judged], trust, store)
        fit = told([look for look in looks if look.hand.visit not in judged], trust, store)
        shown |= {f"fitted to: {name}": fit[name] for name in OF_FIT}
        shown["temperature, weight of a look"] = f"{trust.temperature:.2f}, {trust.weight:.2f}"
        if wrists == WRISTS[0]:  # the others differ in where is looked only
            for number in LARGER:
                shown[f"first of {number}"] = in_larger(looks, judged, network, catalogue, number, work / "takes")
        for name, value in shown.items():
            rows.setdefault(name, []).append(value)
    for name, values in rows.items():
        table.add_row(name, *values)
    Console(width=140).print(table)
    print(f"{sum(p.numel() for p in network.parameters())} weights; a hand: {cost(network):.1f} ms of the processor")


def looks_at(
    hands: Sequence[Hand], wrists: str, store: Store, folder: Path, network: Embedding, catalogue: NDArray[np.uint8]
) -> Iterator[Look]:
    """Each hand that is found, looked at."""
    arms = arms_seen(hands, wrists, store, folder)
    found = [(hand, arm) for hand, arm in zip(hands, arms, strict=True) if arm is not None]
    cuts, name, picture = [], "", np.zeros((1, 1, 3), np.uint8)
    for hand, arm in found:
        if hand.picture != name:
            name, picture = hand.picture, np.asarray(cv2.imread(str(folder / hand.picture)), np.uint8)
        cuts.append(cut(picture, arm.elbow, arm.wrist, arm.scale))
    number = {product.gtin: index for index, product in enumerate(store.catalogue)}
    for (hand, _), one, told_ in zip(found, cuts, scores(network, np.stack(cuts), catalogue), strict=True):
        yield Look(hand, number.get(hand.gtin, -1), one, told_)


def told(looks: Sequence[Look], trust: Trust, store: Store) -> dict[str, str]:
    """What looks tell, one by one and all of a take together."""
    full = [look for look in looks if look.hand.take]
    single = np.array([trust.log_likelihoods([look]) for look in full])
    truth = np.array([look.product for look in full])
    by_take: dict[str, list[Look]] = {}
    for look in full:
        by_take.setdefault(look.hand.take, []).append(look)
    summed = np.array([trust.log_likelihoods(some) for some in by_take.values()])
    taken = np.array([some[0].product for some in by_take.values()])
    empty = [look for look in looks if not look.hand.take]
    nothing = np.array([trust.nothing(look) for look in full])
    alike = equal_in_weight(store.catalogue)
    error, likelihood = calibration(summed, taken)
    sure = np.mean(np.exp(summed.max(axis=1)) / np.exp(summed).sum(axis=1))
    return {
        "hands with goods, takes": f"{len(full)}, {len(by_take)}",
        "one look: first, in first three": f"{share(rank(single, truth) < 1)}, {share(rank(single, truth) < 3)}",
        "one look, where something is seen": f"{share((rank(single, truth) < 1)[nothing < 0.5])}"
        f" of {share(nothing < 0.5)}",
        "a take: first, in first three": f"{share(rank(summed, taken) < 1)}, {share(rank(summed, taken) < 3)}",
        "between two of equal weight, one look": pairwise(single, truth, alike),
        "between two of equal weight, a take": pairwise(summed, taken, alike),
        "which of two people took which, a take": told_apart(summed, taken),
        "which of two hands holds it, the other empty, one look": told_from_empty(trust, looks),
        "empty hands told to be": share(np.array([trust.nothing(look) for look in empty]) > 0.5),
        "a take: sure and right, in the mean": f"{100 * sure:.0f} %, {share(rank(summed, taken) < 1)}",
        "a take: ECE, mean -log p of the truth": f"{100 * error:.0f} points, {likelihood:.2f}",
    }


def rank(likelihoods: Floats, truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many are likelier than the truth, shape [N]."""
    right = likelihoods[np.arange(len(truth)), truth]
    return np.asarray((likelihoods > right[:, None]).sum(axis=1))


def share(some: NDArray[np.bool_]) -> str:
    """In percent."""
    return f"{100 * some.mean():.0f} %" if len(some) else "-"


def equal_in_weight(catalogue: Sequence[Product]) -> Mapping[int, list[int]]:
    """Which products weighing cannot tell from one: both weights within two standard deviations of their difference."""
    alike: dict[int, list[int]] = {}
    for (one, first), (other, second) in combinations(enumerate(catalogue), 2):
        if first.unit_weight and second.unit_weight:
            spread = np.hypot(first.unit_weight_sigma or 0.0, second.unit_weight_sigma or 0.0)
            if abs(first.unit_weight - second.unit_weight) < 2 * spread:
                alike.setdefault(one, []).append(other)
                alike.setdefault(other, []).append(one)
    return alike


def pairwise(likelihoods: Floats, truth: NDArray[np.int64], alike: Mapping[int, list[int]]) -> str:
    """How often the right one of two products of equal weight is likelier, over all such pairs."""
    right = [
        row[product] > row[other] for row, product in zip(likelihoods, truth.tolist(), strict=True)
        for other in alike.get(product, [])
    ]  # fmt: skip
    return f"{share(np.array(right, bool))} of {len(right)}"


def in_larger(
    looks: Sequence[Look], judged: set[str], network: Embedding, catalogue: NDArray[np.uint8], number: int, work: Path
) -> str:
    """How often a take's product is the first of many, with its own fit."""
    path = work / "others.npy"
    if not path.exists():
        draw_ = chance(0, "goods", "others")
        np.save(path, np.stack([catalogue_pictures(unknown_product(draw_)) for _ in range(max(LARGER))]))
    others = np.load(path)[: number - len(catalogue)]
    values = scores(network, np.stack([look.cut for look in looks]), np.concatenate([catalogue, others]))
    many = [Look(look.hand, look.product, look.cut, value) for look, value in zip(looks, values, strict=True)]
    trust = fitted([look for look in many if look.hand.visit not in judged])
    by_take: dict[str, list[Look]] = {}
    for look in many:
        if look.hand.take and look.hand.visit in judged:
            by_take.setdefault(look.hand.take, []).append(look)
    summed = np.array([trust.log_likelihoods(some) for some in by_take.values()])
    taken = np.array([some[0].product for some in by_take.values()])
    return f"{share(rank(summed, taken) < 1)}, {share(rank(summed, taken) < 3)}"


def cost(network: Embedding) -> float:
    """Milliseconds of the processor for a hand, of eight at once, cut out and looked at: the least of 20."""
    picture = np.zeros((360, 640, 3), np.uint8)
    catalogue = np.zeros((1, 1, PIXELS, PIXELS, 3), np.uint8)
    taken = []
    for _ in range(20):
        begun = time.process_time()
        scores(network, np.stack([cut(picture, (300, 180), (320, 190), 120.0) for _ in range(8)]), catalogue)
        taken.append(time.process_time() - begun)
    return 1000 * min(taken) / 8


def main() -> None:
    """Does the steps that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("draw", "teach", "takes", "measure", "all"))
    parser.add_argument("--work", type=Path, default=Path("out/goods"), help="folder of what the steps make")
    parser.add_argument("--wrists", nargs="+", choices=WRISTS, default=WRISTS, help="who finds the wrists")
    wanted = parser.parse_args()
    wanted.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    store = load_store(STORE)
    if wanted.step in ("draw", "all"):
        draw(store, wanted.work)
    if wanted.step in ("teach", "all"):
        teach(wanted.work)
    if wanted.step in ("takes", "all"):
        takes(store, wanted.work)
    if wanted.step in ("measure", "all"):
        measure(store, wanted.work, wanted.wrists)


if __name__ == "__main__":
    main()
