"""Somebody, dressed: the mesh that is drawn of them, in any pose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from scipy.sparse import coo_array

from storegraph.observations import COCO_17
from storegraph.simulation.chance import chance
from storegraph.simulation.script import Body

from .posing import Rig
from .template import Part, Template, template
from .wardrobe import ADULT, Hair, Looks, looks_of

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Indices = NDArray[np.intp]

SKIN_TRIANGLES = 2400
"""Of head and hands, of 15,000: a head is 30 pixels high in a picture of a shop."""

SPANNED = 12
"""Rounds of smoothing of clothes on the trunk, each over an edge of the mesh: they span hollows of ten centimetres."""

THIGH, UNDER_HEM = 0.1, 0.08
"""A leg from this share of the thigh on, and so many metres above a skirt's hem, is hidden by the skirt."""

_AGES = ((0.0, -1 / 3), (1.0, 0.0), (12.0, 1 / 3), (25.0, 2 / 3), (90.0, 1.0))
"""Years, and Anny's age for them: MakeHuman's newborn, baby, child, young and old."""

_JOINT = {name: index for index, name in enumerate(COCO_17)}


class Piece(IntEnum):
    """What a triangle is of."""

    SKIN = 0
    EYES = 1
    HAIR = 2
    CLOTHES = 3
    SKIRT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles at rest, and what is known of their vertices.

    Attributes:
        vertices: Metres, shape [V, 3].
        triangles: Shape [T, 3].
        carried: Shares of the parts of the body, shape [V, len(Part)].
        colours: Where colour goes by vertices (skin, eyes, hair), shape [V, 3].
        piece: What each triangle is of, shape [T].
    """

    vertices: Floats
    triangles: Indices
    carried: Floats
    colours: Floats
    piece: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Somebody, dressed.

    Attributes:
        looks: How they look.
        rig: Poses them.
        mesh: At rest.
        along_arm: Of each vertex: 0 at the shoulder, 1 at the elbow, 2 at the wrist; -1 off the arms, shape [V].
        along_leg: Of each vertex: 0 at the hip, 1 at the knee, 2 at the ankle; -1 off the legs, shape [V].
        up_trunk: Of each vertex: 0 at the hips, 1 at the shoulders, beyond them below and above, shape [V].
    """

    looks: Looks
    rig: Rig
    mesh: Mesh
    along_arm: Singles
    along_leg: Singles
    up_trunk: Singles

    @classmethod
    def of(cls, body: Body, ankle_height: float) -> Figure:
        """Somebody of this build; `ankle_height` is that of an ankle when the foot stands flat, metres."""
        model, looks = template(), looks_of(body)
        vertices = _rest(model, body, looks)
        rig = Rig.of(vertices, model.carried, model.regressor, ankle_height)
        clothes = _clothes(model, vertices, rig.joints, looks, body)
        pieces = [_skin(model, vertices, rig.joints, looks), _eyes(model, vertices), clothes]
        if looks.hair in (Hair.BOB, Hair.LONG):
            pieces.append(_long_hair(model, vertices, rig.joints, looks))
        if looks.skirt:
            pieces.append(_skirt(model, vertices, rig.joints, looks))
        mesh = _together(pieces)
        return cls(looks, rig, mesh, *_places(mesh, rig.joints))

    def posed(self, maps: Floats) -> Singles:
        """Vertices moved by the parts' maps of one moment, shape [len(Part), 3, 4], in `map`, metres, shape [V, 3]."""
        blended = (self.mesh.carried @ maps.reshape(len(Part), 12)).reshape(-1, 3, 4)
        return np.asarray(_applied(blended, self.mesh.vertices) + blended[..., 3], np.float32)

    def turned_normals(self, maps: Floats, normals: Floats) -> Singles:
        """Normals at rest, shape [V, 3], turned as `posed` turns the mesh."""
        linear = (self.mesh.carried @ maps[:, :, :3].reshape(len(Part), 9)).reshape(-1, 3, 3)
        turned = _applied(linear, normals)
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        return np.asarray(turned, np.float32)


def _applied(matrices: Floats, vectors: Floats) -> Floats:
    """Each matrix times its vector: column by column, five times as fast as `einsum` with matrices this small."""
    x, y, z = vectors.T
    applied: Floats = matrices[..., 0] * x[:, None] + matrices[..., 1] * y[:, None] + matrices[..., 2] * z[:, None]
    return applied


def _rest(model: Template, body: Body, looks: Looks) -> Floats:
    """The body at rest, of the stature that is asked for: by Anny's height as far as that goes, then by scale."""
    african, asian, caucasian = looks.origins
    years, anny_ages = np.array(_AGES).T
    phenotype = {
        "age": float(np.interp(body.age, years, anny_ages)),
        "gender": looks.female,
        "muscle": looks.muscle,
        "weight": float(np.clip(0.5 + 1.2 * (body.build - 1), 0.15, 0.95)),
        "proportions": 0.7,
        "african": african,
        "asian": asian,
        "caucasian": caucasian,
    }
    low, high = (_stature(model, model.rest({**phenotype, "height": height})) for height in (0.3, 0.7))
    height = float(np.clip(0.3 + 0.4 * (body.stature - low) / (high - low), 0.1, 0.9))
    vertices = model.rest({**phenotype, "height": height})
    scaled: Floats = vertices * body.stature / _stature(model, vertices)
    return scaled


def _stature(model: Template, vertices: Floats) -> float:
    """From the soles to the crown, metres."""
    crown = vertices[model.skin.ravel(), 2].max()
    return float(crown - vertices[model.suit.ravel(), 2].min())


def _skin(model: Template, vertices: Floats, joints: Floats, looks: Looks) -> Mesh:
    """Head and hands, the scalp under its hair, with fewer triangles."""
    mesh = _cut_out(model, vertices, model.skin, Piece.SKIN)
    colours = _face(mesh, joints, looks)
    on_scalp = _scalp(mesh.vertices, joints) & (looks.hair is not Hair.BALD)
    depth = 0.012 if looks.hair is Hair.SHORT else 0.006
    grown = mesh.vertices + on_scalp[:, None] * depth * vertex_normals(mesh.vertices, mesh.triangles)
    colours[on_scalp] = looks.hair_colour
    return _simplified(replace(mesh, vertices=grown, colours=colours))


def _scalp(vertices: Floats, joints: Floats) -> NDArray[np.bool_]:
    """Where hair grows: above a line that falls from the forehead over the ears to the nape."""
    eyes, ears = joints[1:3].mean(axis=0), joints[3:5].mean(axis=0)
    reach = float(ears[1] - eyes[1])  # from the eyes back to the ears
    back = (vertices[:, 1] - eyes[1]) / reach
    height = (vertices[:, 2] - eyes[2]) / reach
    line = np.interp(back, (-0.3, 0.25, 0.7, 0.9, 1.25, 2.0), (0.75, 0.62, 0.35, -0.1, -0.5, -0.95))
    is_ear = (np.abs(vertices[:, 0]) > 0.93 * abs(joints[3, 0])) & (np.abs(vertices[:, 1] - ears[1]) < 0.5 * reach)
    return np.asarray((height > line) & ~(is_ear & (height < 0.3)))


def _face(mesh: Mesh, joints: Floats, looks: Looks) -> Floats:
    """Skin, brows, lips and beard."""
    skin = np.array(looks.skin)
    colours = np.tile(skin, (len(mesh.vertices), 1))
    eyes, ears, nose = joints[1:3], joints[3:5].mean(axis=0), joints[0]
    unit = float(eyes[0, 0] - eyes[1, 0])  # between the pupils
    x, _, z = (mesh.vertices - eyes.mean(axis=0)).T / unit
    front = mesh.vertices[:, 1] < ears[1] - 0.2 * unit
    brow = front & (np.abs(np.abs(x) - 0.5) < 0.36) & (np.abs(z - 0.3) < 0.09)
    socket = front & (np.hypot(np.abs(x) - 0.5, 1.6 * z) < 0.3)
    drop = (nose[2] - eyes[:, 2].mean()) / unit
    lips = front & (np.abs(x) < 0.36) & (np.abs(z - (drop - 0.55)) < 0.12)
    cheeks = front & (np.hypot(np.abs(x) - 0.6, z - drop - 0.05) < 0.35)
    colours[cheeks] *= (1.06, 0.93, 0.92)
    colours[socket] *= 0.72
    colours[lips] *= (0.85, 0.55, 0.55)
    if looks.beard:
        jaw = front & (z < drop - 0.3) & (z > drop - 1.5) & ~lips
        colours[jaw] = 0.35 * colours[jaw] + 0.65 * np.array(looks.hair_colour)
    colours[brow] = 0.3 * colours[brow] + 0.7 * np.array(looks.hair_colour)
    return np.asarray(np.clip(colours, 0.0, 0.9), np.float64)


def _eyes(model: Template, vertices: Floats) -> Mesh:
    mesh = _cut_out(model, vertices, model.eyes, Piece.EYES)
    front = mesh.vertices[:, 1] < np.quantile(mesh.vertices[:, 1], 0.3)
    return replace(mesh, colours=np.where(front[:, None], (0.03, 0.025, 0.02), (0.6, 0.58, 0.55)))


def _clothes(model: Template, vertices: Floats, joints: Floats, looks: Looks, body: Body) -> Mesh:
    """The second skin, off the body where there is cloth: wider at hems, and with folds."""
    mesh = _cut_out(model, vertices, model.suit, Piece.CLOTHES)
    if looks.skirt:
        mesh = _without_thighs(mesh, joints, looks)
    arm, leg, trunk = _places(mesh, joints)
    on_arm, on_leg = arm > 0.1, (leg > 0.1) & (arm <= 0.1)
    cloth = np.where(on_arm, np.clip((looks.sleeve - arm) * 6, 0, 1), 1.0)
    cloth = np.where(on_leg, np.clip((looks.leg - leg) * 6, 0, 1) if not looks.skirt else 0.0, cloth)
    shoe = mesh.carried[:, [Part.LEFT_FOOT, Part.RIGHT_FOOT]].sum(axis=1)
    loose = np.where(on_leg, 0.006 + 0.016 * np.clip(leg, 0, 2) / 2, looks.loose)
    loose = np.where(on_arm, looks.loose * (0.5 + 0.35 * np.clip(arm, 0, 2)), loose)
    belly = np.clip(1 - np.abs(trunk - 0.15) / 0.35, 0, 1) * ~on_arm * ~on_leg
    loose = loose + (0.012 if body.age >= ADULT else 0.006) * belly
    stand_off = cloth * (1 - shoe) * (loose + 0.005 * _folds(mesh.vertices, body.looks)) + shoe * 0.008
    hung = _smoothed(mesh.vertices, mesh.triangles, (cloth > 0) & ~on_arm & (leg < 0.6) & (trunk < 0.8))
    normals = vertex_normals(hung, mesh.triangles)
    return replace(mesh, vertices=hung + stand_off[:, None] * normals)


def _without_thighs(mesh: Mesh, joints: Floats, looks: Looks) -> Mesh:
    """Without what a skirt hides, which would show through it in a long stride."""
    _, leg, _ = _places(mesh, joints)
    hidden = (leg > THIGH) & (mesh.vertices[:, 2] > _hem(joints, looks) + UNDER_HEM)
    kept = ~hidden[mesh.triangles].all(axis=1)
    return replace(mesh, triangles=mesh.triangles[kept], piece=mesh.piece[kept])


def _hem(joints: Floats, looks: Looks) -> float:
    """Height of a skirt's end at rest."""
    return float(joints[[_JOINT["left_hip"], _JOINT["right_hip"]], 2].mean() - looks.skirt)


def _smoothed(vertices: Floats, triangles: Indices, where: NDArray[np.bool_]) -> Floats:
    """Vertices moved to the middle of their neighbours, as cloth spans hollows."""
    ends = np.concatenate((triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]))
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(vertices),) * 2).tocsr()
    links = links + links.T
    share = 1 / np.maximum(links.sum(axis=1), 1)
    smooth = vertices.copy()
    for _ in range(SPANNED):
        smooth[where] = (share[:, None] * (links @ smooth))[where]
    return smooth


def _folds(points: Floats, seed: int) -> Floats:
    """Smooth noise of about -1 to 1 in space, waves of 5 to 15 cm."""
    draw = chance(seed, "folds")
    waves = draw.normal(size=(8, 3))
    waves *= (2 * np.pi / draw.uniform(0.05, 0.15, (8, 1))) / np.linalg.norm(waves, axis=1, keepdims=True)
    noise: Floats = np.sin(points @ waves.T + draw.uniform(0, 2 * np.pi, 8)).mean(axis=1) * 2
    return noise


def _long_hair(model: Template, vertices: Floats, joints: Floats, looks: Looks) -> Mesh:
    shoulders = joints[5:7, 2].mean()
    chin = joints[0, 2] - 0.5 * (joints[0, 2] - shoulders)
    end = chin if looks.hair is Hair.BOB else shoulders - 0.08
    eyes, ears = joints[1:3].mean(axis=0), joints[3:5].mean(axis=0)
    corners = vertices[model.hair]
    reach = ears[1] - eyes[1]
    before_face = (corners[..., 1] < ears[1] - 0.15 * reach) & (corners[..., 2] < eyes[2] + 0.6 * reach)
    kept = model.hair[(corners[..., 2] > end).all(axis=1) & ~before_face.any(axis=1)]
    mesh = _cut_out(model, vertices, kept, Piece.HAIR)
    return replace(mesh, colours=np.tile(looks.hair_colour, (len(mesh.vertices), 1)))


def _skirt(model: Template, vertices: Floats, joints: Floats, looks: Looks) -> Mesh:
    end = _hem(joints, looks)
    kept = model.skirt[(vertices[model.skirt, 2] > end).all(axis=1)]
    return _cut_out(model, vertices, kept, Piece.SKIRT)


def _cut_out(model: Template, vertices: Floats, triangles: Indices, piece: Piece) -> Mesh:
    """Some triangles as a mesh of their own."""
    used, renumbered = np.unique(triangles, return_inverse=True)
    return Mesh(
        vertices[used],
        renumbered.reshape(-1, 3),
        model.carried[used],
        np.zeros((len(used), 3)),
        np.full(len(triangles), piece, dtype=np.intp),
    )


def _simplified(mesh: Mesh) -> Mesh:
    """With `SKIN_TRIANGLES`; what is known of a vertex is that of the nearest one before."""
    full = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(mesh.vertices), o3d.utility.Vector3iVector(mesh.triangles.astype(np.int32))
    )
    few = full.simplify_quadric_decimation(SKIN_TRIANGLES)
    tree = o3d.geometry.KDTreeFlann(full)
    vertices = np.asarray(few.vertices)
    nearest = np.array([tree.search_knn_vector_3d(vertex, 1)[1][0] for vertex in vertices])
    triangles = np.asarray(few.triangles).astype(np.intp)
    return Mesh(
        vertices,
        triangles,
        mesh.carried[nearest],
        mesh.colours[nearest],
        np.full(len(triangles), mesh.piece[0], dtype=np.intp),
    )


def _together(pieces: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces[:-1])])
    return Mesh(
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, starts, strict=True)]),
        np.concatenate([piece.carried for piece in pieces]),
        np.concatenate([piece.colours for piece in pieces]),
        np.concatenate([piece.piece for piece in pieces]),
    )


def _places(mesh: Mesh, joints: Floats) -> tuple[Singles, Singles, Singles]:
    """`along_arm`, `along_leg` and `up_trunk` of `Figure`."""
    arm = np.full(len(mesh.vertices), -1.0)
    leg = np.full(len(mesh.vertices), -1.0)
    for side, (first_arm, first_leg) in enumerate(
        ((Part.LEFT_UPPER_ARM, Part.LEFT_THIGH), (Part.RIGHT_UPPER_ARM, Part.RIGHT_THIGH))
    ):
        for along, first, chain in ((arm, first_arm, (5, 7, 9)), (leg, first_leg, (11, 13, 15))):
            carried = mesh.carried[:, first : first + 3].sum(axis=1)
            place = _along(mesh.vertices, joints[[joint + side for joint in chain]])
            along[carried > 0.3] = place[carried > 0.3]
    hips, shoulders = joints[[11, 12], 2].mean(), joints[[5, 6], 2].mean()
    trunk = (mesh.vertices[:, 2] - hips) / (shoulders - hips)
    return arm.astype(np.float32), leg.astype(np.float32), trunk.astype(np.float32)


def _along(points: Floats, chain: Floats) -> Floats:
    """How far along two bones points are: 0 to 1 on the first, 1 to 2 on the second, more beyond."""
    upper, lower = np.diff(chain, axis=0)
    near = (points - chain[0]) @ upper / (upper @ upper)
    far = (points - chain[1]) @ lower / (lower @ lower)
    place: Floats = np.where(far > 0, 1 + far, np.minimum(near, 1.0))
    return place


def vertex_normals(vertices: Floats, triangles: Indices) -> Floats:
    """Of the vertices, outward, shape [V, 3]."""
    corners = vertices[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    unit: Floats = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return unit
