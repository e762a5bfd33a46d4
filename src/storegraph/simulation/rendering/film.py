"""A film of a performance: two cameras above, and below them the store from above, with what everybody has taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.atomic import whole_file
from storegraph.observations import Action
from storegraph.simulation.errors import SimulationError
from storegraph.simulation.performance import FRAME_RATE, START, Actor, Change, Performance, stamp_at

from .renderer import Renderer

Picture = NDArray[np.uint8]
Progress = Callable[[int, int], None]

RATE = 15
"""Pictures a second: half of the performance's frames."""

PANE = (640, 360)
"""Width and height of a camera's pane, pixels; the map below has the width of both, and `MAP_HEIGHT`."""
MAP_HEIGHT = 400

TRAIL = 8.0
"""Seconds of everybody's way that stay on the map."""

PAPER, WALL, SHELF, INK = (250, 250, 248), (150, 150, 150), (215, 210, 205), (60, 60, 60)
PEOPLE = ((60, 60, 220), (200, 120, 20), (60, 150, 40), (170, 60, 170), (20, 140, 230), (140, 140, 0), (90, 60, 20))
"""Colours, blue, green, red; the next ones begin again."""

_PLAIN = {
    ord(letter): plain for letter, plain in zip("äöüÄÖÜß", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss"), strict=True)
}

ANKLES, WRISTS, SHOULDERS = slice(15, 17), slice(9, 11), slice(5, 7)


def film(
    performance: Performance,
    path: Path,
    cameras: Sequence[str] = (),
    progress: Progress | None = None,
    *,
    replace: bool = False,
) -> None:
    """Writes an MP4 film (MPEG-4 part 2), whole or not at all.

    Args:
        performance: What is filmed.
        path: The file; its name ends in `.mp4`.
        cameras: Ids of two cameras; the first and the last but one of the store where none are named.
        progress: Told how far the film has come and how long it will be, nanoseconds.
        replace: Whether an earlier file may be replaced.

    Raises:
        SimulationError: The store has no such cameras, or no film can be written there.
        OutputError: The file cannot be written.
    """
    chosen = list(cameras) or [camera.id for camera in performance.store.cameras][:3:2]
    renderer, plan = Renderer(performance), _Plan(performance)
    with whole_file(path, replace=replace) as partial:
        writer = cv2.VideoWriter(
            str(partial), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), RATE, (2 * PANE[0], PANE[1] + MAP_HEIGHT)
        )
        if not writer.isOpened():
            raise SimulationError(f"{path}: OpenCV writes no film of this name; one that ends in .mp4 is expected")
        for frame in range(0, performance.frames, round(FRAME_RATE / RATE)):
            panes = [_pane(renderer.picture(camera, frame / FRAME_RATE), camera) for camera in chosen[:2]]
            panes += [np.zeros((PANE[1], PANE[0], 3), np.uint8)] * (2 - len(panes))
            writer.write(np.vstack([np.hstack(panes), plan.at(frame)]))
            if progress is not None:
                progress(stamp_at(frame / FRAME_RATE) - START, stamp_at(performance.duration) - START)
        writer.release()


def _pane(picture: Picture, camera: str) -> Picture:
    pane = np.ascontiguousarray(cv2.resize(picture, PANE, interpolation=cv2.INTER_AREA), np.uint8)
    _write(pane, camera, (10, 22), (255, 255, 255))
    return pane


class _Plan:
    """The store from above, to scale, and a list of who has what beside it."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance
        store = performance.store
        fixtures = [np.array(fixture.position[:2]) for fixture in store.fixtures]
        corners = np.array([*store.outline, *fixtures])
        self._low = corners.min(axis=0) - 0.8
        extent = corners.max(axis=0) + 0.8 - self._low
        self._scale = float(min(MAP_HEIGHT / extent[1], PANE[0] * 1.2 / extent[0]))
        self._names = {product.gtin: product.name for product in store.catalogue}
        self._ground = self._drawn()
        self._colours = {actor.name: PEOPLE[i % len(PEOPLE)] for i, actor in enumerate(performance.actors)}

    def at(self, frame: int) -> Picture:
        """The map in one frame."""
        plan = self._ground.copy()
        line = 30
        for actor in self._performance.actors:
            if actor.first <= frame <= actor.last:
                self._draw(plan, actor, frame)
                line = self._list(plan, actor.name, frame / FRAME_RATE, line)
        return plan

    def _drawn(self) -> Picture:
        """What does not move."""
        store = self._performance.store
        plan = np.full((MAP_HEIGHT, 2 * PANE[0], 3), PAPER, np.uint8)
        if store.outline:
            cv2.polylines(plan, [self._pixels(np.array(store.outline))], True, WALL, 3, cv2.LINE_AA)
        for fixture in store.fixtures:
            (x, y, _), (width, depth, _) = fixture.position, fixture.size
            along = np.array([np.cos(fixture.yaw), np.sin(fixture.yaw)])
            into = np.array([-along[1], along[0]])
            front = np.array([x, y])
            corners = [front, front + width * along, front + width * along + depth * into, front + depth * into]
            cv2.fillPoly(plan, [self._pixels(np.array(corners))], SHELF, cv2.LINE_AA)
            _write(plan, fixture.id, self._pixel(np.mean(corners, axis=0) - (0.1, 0.05)), INK)
        for gate in store.gates:
            start, end = self._pixels(np.array([gate.from_point, gate.to_point]))
            cv2.line(plan, start.tolist(), end.tolist(), (60, 170, 60), 4, cv2.LINE_AA)
        for camera in store.cameras:
            cv2.circle(plan, self._pixel(np.array(camera.position[:2])), 4, (180, 130, 30), -1, cv2.LINE_AA)
        return plan

    def _draw(self, plan: Picture, actor: Actor, frame: int) -> None:
        """Somebody: their way, shoulders and hands."""
        colour = self._colours[actor.name]
        at = frame - actor.first
        way = actor.joints[max(0, at - round(TRAIL * FRAME_RATE)) : at + 1, ANKLES, :2].mean(axis=1)
        cv2.polylines(plan, [self._pixels(way)], False, colour, 2, cv2.LINE_AA)
        joints = actor.joints[at, :, :2]
        left, right = self._pixels(joints[SHOULDERS])
        cv2.line(plan, left.tolist(), right.tolist(), colour, 12, cv2.LINE_AA)
        for shoulder, wrist in zip((left, right), self._pixels(joints[WRISTS]), strict=True):
            cv2.line(plan, shoulder.tolist(), wrist.tolist(), colour, 4, cv2.LINE_AA)
        cv2.circle(plan, self._pixel(joints[SHOULDERS].mean(axis=0)), 7, (255, 255, 255), -1, cv2.LINE_AA)

    def _list(self, plan: Picture, actor: str, seconds: float, line: int) -> int:
        """Writes what somebody has; returns where the next one is written."""
        left = round(PANE[0] * 1.25)
        _write(plan, actor, (left, line), self._colours[actor])
        for gtin, number in sorted(_carried(self._performance, actor, seconds).items()):
            line += 18
            _write(plan, f"{number} x {self._names.get(gtin, gtin)}", (left + 16, line), INK)
        return line + 28

    def _pixels(self, points: NDArray[np.floating]) -> NDArray[np.int32]:
        """Points x, y of `map`, shape [N, 2], on the plan; y goes up."""
        right, up = ((points - self._low) * self._scale).T
        return np.stack((right, MAP_HEIGHT - up), axis=-1).round().astype(np.int32)

    def _pixel(self, point: NDArray[np.floating]) -> tuple[int, int]:
        x, y = self._pixels(point[None])[0].tolist()
        return x, y


def _carried(performance: Performance, actor: str, seconds: float) -> Counter[str]:
    """GTIN to the number that somebody has taken and has still."""
    carried: Counter[str] = Counter()
    for movement in performance.movements:
        if movement.actor == actor and movement.end <= seconds and not movement.restocking:
            for item, _ in movement.items:
                carried[item.gtin] += 1 if movement.action is Action.TAKE else -1
    for transfer in performance.transfers:
        if transfer.time <= seconds and transfer.change is not Change.CONSUMED:
            carried[transfer.item.gtin] += (transfer.taker == actor) - (transfer.giver == actor)
    return +carried


def _write(picture: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """In OpenCV's letters, which have no umlauts."""
    plain = text.translate(_PLAIN)
    cv2.putText(picture, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
