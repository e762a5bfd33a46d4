"""Takes in the corner shop, as its cameras see them: pictures of the 2.5 s in which goods are in the hand.

Several visits are played one after the other in one shop, because lighting it anew for each costs minutes. Goods that
are taken stay on the shelf too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Action
from storegraph.simulation.acting.acting import act
from storegraph.simulation.performance import FRAME_RATE, Movement, Performance
from storegraph.simulation.rendering.pictures import QUALITY
from storegraph.simulation.rendering.props import Props
from storegraph.simulation.rendering.renderer import Renderer
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario, with_random
from storegraph.store.model import Store
from storegraph.tracking.cameras import CameraGroup

AFTER = (0.5, 1.1, 1.7, 2.3)
"""Seconds after a take at which all cameras look; the goods leave the hand after 2.5."""

BREAK = 4.0
"""Seconds from the end of one visit to the beginning of the next."""

ARMS = ((7, 9), (8, 10))
"""Elbow and wrist, left and right, of COCO-17."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand as one camera sees it at one moment.

    Attributes:
        take: Which take it is of; empty of a hand that holds nothing.
        gtin: What it holds; empty where nothing.
        visit: Of which visit, a scenario and a seed.
        camera: Camera id.
        frame: Of the performance.
        elbow: In pixels, as the camera model projects it.
        wrist: The same.
        scale: Pixels a metre at the wrist.
        picture: Name of the JPEG file.
    """

    take: str
    gtin: str
    visit: str
    camera: str
    frame: int
    elbow: tuple[float, float]
    wrist: tuple[float, float]
    scale: float
    picture: str


def one_after_another(visits: dict[str, Performance]) -> Performance:
    """All visits as one performance, in the shop of the first; who moves is called by the visit."""
    first = next(iter(visits.values()))
    actors, movements, transfers, start = [], [], [], 0
    for name, visit in visits.items():
        begin = start / FRAME_RATE
        actors += [replace(actor, name=f"{name}/{actor.name}", first=actor.first + start) for actor in visit.actors]
        movements += [_later(movement, name, begin) for movement in visit.movements]
        transfers += [
            replace(
                transfer,
                time=transfer.time + begin,
                item=replace(transfer.item, item_id=f"{name}/{transfer.item.item_id}"),
                giver=transfer.giver and f"{name}/{transfer.giver}",
                taker=transfer.taker and f"{name}/{transfer.taker}",
            )
            for transfer in visit.transfers
        ]
        start += visit.frames + round(BREAK * FRAME_RATE)
    return replace(
        first, frames=start, actors=tuple(actors), movements=tuple(movements), transfers=tuple(transfers),
        pushes=(), crossings=(), kiosk=(),
    )  # fmt: skip


def _later(movement: Movement, visit: str, begin: float) -> Movement:
    return replace(
        movement,
        begin=movement.begin + begin,
        end=movement.end + begin,
        actor=f"{visit}/{movement.actor}",
        items=tuple((replace(item, item_id=f"{visit}/{item.item_id}"), there) for item, there in movement.items),
    )


def played(store: Store, scenario: str, seed: int) -> Performance:
    """A visit; of `shopping`, four people within a minute."""
    chosen = load_scenario(scenario)
    if scenario == "shopping":
        chosen = with_random(chosen, people=4, rate=6.0)
    return act(cast(chosen, store, seed), store)


def render_takes(store: Store, visits: Sequence[tuple[str, int]], most: int, out: Path) -> None:
    """Writes `hands.jsonl` and the pictures of the first takes of each visit; adds to what is there.

    Args:
        store: With cameras.
        visits: Scenario and seed of each.
        most: Takes of one visit, spread over it.
        out: Folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    performance = one_after_another({f"{name}-{seed}": played(store, name, seed) for name, seed in visits})
    renderer, props = Renderer(performance, goods_move=False), Props(performance)
    with (out / "hands.jsonl").open("w", encoding="utf-8") as lines:
        for frame, takes in sorted(_moments(performance, most).items()):
            for camera in store.cameras:
                hands = list(hands_seen(performance, props, CameraGroup.of([camera]), camera.id, frame, takes))
                if not any(hand.take for hand in hands):
                    continue
                pixels = renderer.picture(camera.id, frame / FRAME_RATE)
                cv2.imwrite(str(out / hands[0].picture), pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
                lines.writelines(json.dumps(asdict(hand)) + "\n" for hand in hands)
                lines.flush()


def hands_of(folder: Path) -> list[Hand]:
    """What `render_takes` wrote."""
    rows = (json.loads(line) for line in (folder / "hands.jsonl").read_text(encoding="utf-8").splitlines())
    return [Hand(**{**row, "elbow": tuple(row["elbow"]), "wrist": tuple(row["wrist"])}) for row in rows]


def _moments(performance: Performance, most: int) -> dict[int, dict[tuple[str, str], str]]:
    """Frames to look at, and the takes whose hands are looked at: actor and hand to the take's name."""
    by_visit: dict[str, list[Movement]] = {}
    for movement in performance.movements:
        if movement.action is Action.TAKE:
            by_visit.setdefault(movement.actor.split("/")[0], []).append(movement)
    moments: dict[int, dict[tuple[str, str], str]] = {}
    for visit, takes in by_visit.items():
        for number in np.unique(np.linspace(0, len(takes) - 1, most).round().astype(int)).tolist():
            take = takes[number]
            for seconds in AFTER:
                frame = round(((take.begin + take.end) / 2 + seconds) * FRAME_RATE)
                moments.setdefault(frame, {})[take.actor, take.hand] = f"{visit}/{number}"
    return moments


def hands_seen(
    performance: Performance,
    props: Props,
    camera: CameraGroup,
    name: str,
    frame: int,
    takes: dict[tuple[str, str], str],
) -> Iterator[Hand]:
    """Hands that hold one product because of these takes, and those that hold nothing; wrists are in the picture."""
    held: dict[tuple[str, str], set[str]] = {}
    for one in props.held_at(frame / FRAME_RATE):
        held.setdefault((one.actor, one.hand), set()).add(one.item.gtin)
    for actor in performance.actors:
        if not actor.first <= frame <= actor.last:
            continue
        pixels, scale = camera.project(actor.joints[None, frame - actor.first].astype(np.float64))
        for hand, (elbow, wrist) in zip(("left", "right"), ARMS, strict=True):
            goods, take = held.get((actor.name, hand), set()), takes.get((actor.name, hand), "")
            points = pixels[0, [elbow, wrist]]
            inside = ((points[1] >= 0) & (points[1] < camera.sizes[0])).all()
            if inside and (len(goods) == 1 if take else not goods):
                yield Hand(
                    take, next(iter(goods), ""), actor.name.split("/")[0], name, frame,
                    tuple(points[0].tolist()), tuple(points[1].tolist()), float(scale[0, wrist]),
                    f"{frame:06d}_{name}.jpg",
                )  # fmt: skip
