"""Anny's body, prepared for dressing: what of its mesh is drawn, and which part of the body carries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import chain, pairwise
from pathlib import Path

import anny
import numpy as np
import torch
from anny.models.model_data import TopologyConfig
from numpy.typing import NDArray

from storegraph.observations import COCO_17

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Part(IntEnum):
    """Parts of a body that move as one, each by an affine map."""

    PELVIS = 0
    LOINS = 1
    WAIST = 2
    RIBS = 3
    CHEST = 4
    NAPE = 5
    NECK = 6
    THROAT = 7
    HEAD = 8
    LEFT_UPPER_ARM = 9
    LEFT_FOREARM = 10
    LEFT_HAND = 11
    RIGHT_UPPER_ARM = 12
    RIGHT_FOREARM = 13
    RIGHT_HAND = 14
    LEFT_THIGH = 15
    LEFT_SHIN = 16
    LEFT_FOOT = 17
    RIGHT_THIGH = 18
    RIGHT_SHIN = 19
    RIGHT_FOOT = 20


_TRUNK = {
    "root": Part.PELVIS,
    "pelvis": Part.PELVIS,
    "spine05": Part.PELVIS,
    "spine04": Part.LOINS,
    "spine03": Part.WAIST,
    "spine02": Part.RIBS,
    "spine01": Part.CHEST,
    "clavicle": Part.CHEST,
    "shoulder01": Part.CHEST,
    "neck01": Part.NAPE,
    "neck02": Part.NECK,
    "neck03": Part.THROAT,
    "head": Part.HEAD,
    "eye": Part.HEAD,
}
_LIMBS = {"upperarm": 0, "lowerarm": 1, "wrist": 2, "metacarpal": 2, "finger": 2}
_LEGS = {"upperleg": 0, "lowerleg": 1, "foot": 2, "toe": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """Anny's model, and the meshes of MakeHuman's base mesh that people are drawn with.

    Attributes:
        model: Gives the vertices of a phenotype.
        carried: Part to the share with which it carries each vertex, shape [V, len(Part)]; rows sum to one.
        regressor: Weights of the vertices in each joint of `COCO_17`, shape [17, V] (Anny's own COCO regressor).
        skin: Triangles of head and hands.
        eyes: Triangles of the eyes.
        suit: Triangles of MakeHuman's `tights`: a close second skin from neck to toes, which clothes are made of.
        skirt: Triangles of its `skirt`, from the waist to the ankles.
        hair: Triangles of its `hair`, down to the shoulder blades.
    """

    model: anny.Anny
    carried: Floats
    regressor: Floats
    skin: Indices
    eyes: Indices
    suit: Indices
    skirt: Indices
    hair: Indices

    def rest(self, phenotype: Mapping[str, float]) -> Floats:
        """Vertices of a phenotype at rest, metres, x to the left, y backwards, z up, shape [V, 3]."""
        with torch.no_grad():
            shape = self.model(phenotype_kwargs=dict(phenotype))["rest_vertices"][0]
        vertices: Floats = shape.numpy().astype(np.float64)
        return vertices


@cache
def template() -> Template:
    """Loads Anny; the first time on a machine it computes for minutes, and keeps the result in its own cache."""
    topology = TopologyConfig("makehuman", remove_unattached_vertices=False)
    model = anny.Anny(topology=topology, skinning_method="lbs", phenotypes="all")
    carried = _carried(model)
    groups = _groups(Path(anny.__file__).parent / "data/mpfb2/3dobjs/base.obj")
    of_skin = np.isin(carried.argmax(axis=1), (Part.THROAT, Part.HEAD, Part.LEFT_HAND, Part.RIGHT_HAND))
    of_skin |= carried[:, Part.NAPE : Part.THROAT + 1].sum(axis=1) > 0.3
    body = groups["body"]
    regressor = anny.KeypointsRegressor.coco(model, labels=list(COCO_17)).regression_weights
    return Template(
        model=model,
        carried=carried,
        regressor=regressor.numpy().astype(np.float64),
        skin=body[of_skin[body].any(axis=1)],
        eyes=np.concatenate((groups["helper-l-eye"], groups["helper-r-eye"])),
        suit=groups["helper-tights"],
        skirt=groups["helper-skirt"],
        hair=groups["helper-hair"],
    )


def _carried(model: anny.Anny) -> Floats:
    carried = np.zeros((len(model.template_vertices), len(Part)))
    parts = np.array([_part(label) for label in model.bone_labels])
    vertices = np.arange(len(carried))[:, None]
    np.add.at(carried, (vertices, parts[model.vertex_bone_indices.numpy()]), model.vertex_bone_weights.numpy())
    shares: Floats = carried / carried.sum(axis=1, keepdims=True)
    return shares


def _part(bone: str) -> Part:
    """The part that a bone of Anny's rig belongs to."""
    name, _, side = bone.partition(".")
    if name in _TRUNK:
        return _TRUNK[name]
    for limbs, first in ((_LIMBS, Part.LEFT_UPPER_ARM), (_LEGS, Part.LEFT_THIGH)):
        for start, place in limbs.items():
            if name.startswith(start):
                return Part(first + place + (3 if side == "R" else 0))
    raise AssertionError(f"Anny's rig has an unknown bone {bone}")


def _groups(path: Path) -> dict[str, Indices]:
    """Triangles of each group of MakeHuman's base mesh; its quads are split, and its vertices keep their order."""
    quads: dict[str, list[list[int]]] = {}
    group = ""
    for kind, words in _lines(path):
        if kind == "g":
            group = words[0]
        elif kind == "f":
            quads.setdefault(group, []).append([int(word.partition("/")[0]) - 1 for word in words])
    return {name: np.array(list(chain.from_iterable(map(_split, faces)))) for name, faces in quads.items()}


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *words = line.split() or [""]
        yield kind, words


def _split(face: list[int]) -> Iterator[tuple[int, int, int]]:
    for second, third in pairwise(face[1:]):
        yield face[0], second, third
