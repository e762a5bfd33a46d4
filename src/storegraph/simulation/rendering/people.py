"""Everybody at one moment, posed, lit and with what they hold: what rays meet that moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.performance import FRAME_RATE, Actor, Performance

from .cloth import Cloth
from .figure import Figure, vertex_normals
from .light import AMBIENT, Lamps, Solid, blended, self_shadow
from .packs import Pack
from .props import Held, Props
from .surfaces import NOTHING, Surfaces, Textures, joined, turned

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

CHUNK = 300
"""Frames that are posed together: ten seconds; one by one takes a hundred times as long."""

PALM = 0.09
"""From the wrist to the middle of what the hand holds, metres."""

GOODS = -1
"""Label of what is in hands."""

LEFT_WRIST, RIGHT_WRIST, LEFT_ELBOW, RIGHT_ELBOW = 9, 10, 7, 8
LEFT_ANKLE = 15


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """A figure, and what of it does not change with its pose.

    Attributes:
        actor: Who.
        figure: Their mesh.
        normals: At rest, shape [V, 3].
        openness: How open they are to the room at each vertex, shape [V].
    """

    actor: Actor
    figure: Figure
    normals: Floats
    openness: Singles

    @classmethod
    def of(cls, actor: Actor) -> Dressed:
        """The actor's figure."""
        ankles = actor.joints[:, LEFT_ANKLE:, 2]
        figure = Figure.of(actor.body, ankle_height=float(np.quantile(ankles, 0.05)))
        normals = vertex_normals(figure.mesh.vertices, figure.mesh.triangles)
        return cls(actor, figure, normals, self_shadow(figure.mesh.vertices, figure.mesh.triangles, normals))


@dataclass(eq=False)
class Moment:
    """Everybody at one moment, as one mesh; goods in hands follow behind the bodies' triangles.

    Attributes:
        people: Who is there.
        vertices: Of bodies and goods, metres in `map`, shape [V, 3].
        light: That arrives at them, shape [V].
        triangles: Shape [T, 3].
        goods: What is in hands; its triangles are the last ones.
        cloth: Colours of the bodies' triangles, the first ones.
        bodies: How many triangles are bodies'.
        label: One number for whatever has an outline of its own, shape [T].
        parts: Vertices of each person, and of the goods in hands, shape [V, 3] each.
    """

    people: tuple[Dressed, ...]
    vertices: Singles
    light: Singles
    triangles: NDArray[np.int64]
    goods: Surfaces
    cloth: Cloth
    bodies: int
    label: NDArray[np.int64]
    parts: tuple[Singles, ...]

    @cached_property
    def solid(self) -> Solid:
        """For rays."""
        return Solid(self.vertices, self.triangles)


class People:
    """Everybody in a performance, at any moment."""

    def __init__(self, performance: Performance, props: Props, packs: Mapping[str, Pack], lamps: Lamps) -> None:
        self._performance = performance
        self._props = props
        self._packs = packs
        self._lamps = lamps
        self._dressed: dict[str, Dressed] = {}
        self._maps: dict[tuple[str, int], Floats] = {}
        self._cloths: dict[tuple[str, ...], tuple[Cloth, NDArray[np.int64]]] = {}

    def at(self, frame: int) -> Moment | None:
        """Everybody in one frame of the performance; None where there is nobody."""
        present = [actor for actor in self._performance.actors if actor.first <= frame <= actor.last]
        if not present:
            return None
        people = tuple(self._dress(actor) for actor in present)
        cloth, triangles = self._clothed(people)
        vertices, light = [], []
        for one in people:
            maps = self._posed(one, frame)
            vertices.append(one.figure.posed(maps))
            light.append(self._light(vertices[-1], one.figure.turned_normals(maps, one.normals), one.openness))
        goods = self._goods(frame)
        bodies = sum(len(part) for part in vertices)
        return Moment(
            people=people,
            vertices=np.concatenate([*vertices, goods.vertices.astype(np.float32)]),
            light=np.concatenate([*light, self._light_of_goods(goods)]),
            triangles=np.concatenate([triangles, goods.triangles + bodies]),
            goods=goods,
            cloth=cloth,
            bodies=len(triangles),
            label=np.concatenate([cloth.label, np.full(len(goods.triangles), GOODS)]),
            parts=(*vertices, *([goods.vertices.astype(np.float32)] if len(goods.vertices) else [])),
        )

    def _dress(self, actor: Actor) -> Dressed:
        if actor.name not in self._dressed:
            self._dressed[actor.name] = Dressed.of(actor)
        return self._dressed[actor.name]

    def _clothed(self, people: Sequence[Dressed]) -> tuple[Cloth, NDArray[np.int64]]:
        """Colours and triangles of these people; they are asked for again and again."""
        names = tuple(one.actor.name for one in people)
        if names not in self._cloths:
            starts = np.cumsum([0, *(len(one.figure.mesh.vertices) for one in people[:-1])])
            triangles = [one.figure.mesh.triangles + start for one, start in zip(people, starts, strict=True)]
            self._cloths = {names: (Cloth.of([one.figure for one in people]), np.concatenate(triangles))}
        return self._cloths[names]

    def _posed(self, one: Dressed, frame: int) -> Floats:
        """The maps of a body's parts in one frame, shape [len(Part), 3, 4]."""
        chunk, place = divmod(frame - one.actor.first, CHUNK)
        key = one.actor.name, chunk
        if key not in self._maps:
            self._maps = {old: maps for old, maps in self._maps.items() if old[0] != one.actor.name}
            joints = one.actor.joints[chunk * CHUNK : (chunk + 1) * CHUNK].astype(np.float64)
            self._maps[key] = one.figure.rig.maps(joints)
        posed: Floats = self._maps[key][place]
        return posed

    def _light(self, vertices: Singles, normals: Singles, openness: Singles) -> Singles:
        """Of lamps, less where the body is in its own way; and of the room, from below too."""
        direct = self._lamps.arriving(vertices, normals).sum(axis=1)
        around = np.float32(AMBIENT) * (0.75 + 0.25 * normals[:, 2])
        light: Singles = openness * (direct * (0.45 + 0.55 * openness) + around) + np.float32(0.04)
        return light

    def _light_of_goods(self, goods: Surfaces) -> Singles:
        light = np.zeros(len(goods.vertices), np.float32)
        normals = goods.normals().astype(np.float32)
        for corner in range(3):
            at = goods.triangles[:, corner]
            light[at] = self._light(goods.vertices[at].astype(np.float32), normals, np.full(len(at), 0.8, np.float32))
        return light

    def _goods(self, frame: int) -> Surfaces:
        """What is in hands: beyond the wrist, upright, its front to the one who holds it."""
        held = self._props.held_at(frame / FRAME_RATE)
        actors = {actor.name: actor for actor in self._performance.actors}
        counts: dict[tuple[str, str], int] = {}
        pieces = []
        for one in held:
            actor = actors[one.actor]
            if actor.first <= frame <= actor.last and one.item.gtin in self._packs:
                beside = counts[one.actor, one.hand] = counts.get((one.actor, one.hand), -1) + 1
                pieces.append(self._in_hand(one, actor.joints[frame - actor.first].astype(np.float64), beside))
        return joined(pieces) if pieces else NOTHING

    def _in_hand(self, held: Held, joints: Floats, beside: int) -> Surfaces:
        wrist, elbow = (LEFT_WRIST, LEFT_ELBOW) if held.hand == "left" else (RIGHT_WRIST, RIGHT_ELBOW)
        along = joints[wrist] - joints[elbow]
        along = along / max(float(np.linalg.norm(along)), 1e-6)
        across = joints[5, :2] - joints[6, :2]
        yaw = float(np.arctan2(across[1], across[0]))
        middle = joints[wrist] + PALM * along
        right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
        middle = middle + right * (0.8 * held.item.size[0] * beside)
        base = middle - (0, 0, held.item.size[2] / 2)
        return self._packs[held.item.gtin].of_size(held.item.size).moved(turned(yaw), base)


def texture_of(goods: Surfaces, triangles: NDArray[np.int64], shares: Singles, textures: Textures) -> Singles:
    """Reflectance where rays meet goods, shape [N, 3]."""
    uv = blended(goods.uv.astype(np.float32), goods.triangles[triangles], shares)
    return textures.at(goods.textures[triangles], uv)
