"""How long the parts of a body are: from a child of 1 m to a tall adult."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..script import Body

MIDDLE_STATURE = 1.75
"""Metres; the shares below are given for it."""

SHARES = {
    "ankle_height": (0.0557, -0.0074),
    "shank": (0.2330, 0.0306),
    "thigh": (0.2287, 0.0220),
    "hips": (0.1194, 0.0032),
    "trunk": (0.2986, -0.0068),
    "shoulders": (0.1973, 0.0096),
    "upper_arm": (0.1605, 0.0070),
    "forearm": (0.1380, -0.0072),
    "nose_ahead": (0.0806, -0.0255),
    "nose_above": (0.1055, -0.0155),
    "eyes_ahead": (0.0680, -0.0201),
    "eyes_above": (0.1243, -0.0182),
    "eyes": (0.0344, -0.0154),
    "ears_ahead": (0.0201, -0.0017),
    "ears_above": (0.1130, -0.0141),
    "ears": (0.0856, -0.0395),
}
"""Of each length, its share of the stature at `MIDDLE_STATURE`, and how much that changes with a metre of stature.

Least squares over 600 bodies of 3.5 to 85 years, 1.0 to 2.0 m, drawn from `SimpleShapeDistribution` of Anny 0.6
(Brégier et al., Human Mesh Modeling for Anny Body, arXiv 2511.03589, calibrated to WHO's heights), where its regressor
of COCO's keypoints has the joints; left over are 12 mm (rms) along the leg and trunk, 4 mm along the arm and in the
head, 13 and 20 mm across hips and shoulders (`pytest -s test/simulation/test_proportions_of_anny.py`). Age, beside
stature, explains less than 2 mm more. The shares are within 0.03 of those of Drillis and Contini, Body Segment
Parameters, 1966 (Winter, Biomechanics and Motor Control of Human Movement, 4th ed., figure 4.1), whose landmarks are on
bones; breadths are smaller, as between joints. Children's heads are larger and their legs shorter."""

BUILD_IN_JOINTS = 0.2
"""How much of a body's build shows in the distance of its joints; the rest is flesh around them. From thin to heavy
(`weight` 0.2 to 0.8) Anny's hips part by 6 % and its shoulders by 2 %."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Lengths between the joints of one body, metres.

    Attributes:
        stature: From the floor to the top of the head.
        ankle_height: Of the ankle above the floor, standing.
        shank: Ankle to knee.
        thigh: Knee to hip.
        hips: From one hip to the other.
        trunk: Middle of the hips to middle of the shoulders.
        shoulders: From one shoulder to the other.
        upper_arm: Shoulder to elbow.
        forearm: Elbow to wrist.
        nose_ahead: Of the nose before the middle of the shoulders, upright.
        nose_above: Of the nose above it.
        eyes_ahead: Of the eyes before it.
        eyes_above: Of the eyes above it.
        eyes: From one eye to the other.
        ears_ahead: Of the ears before it.
        ears_above: Of the ears above it.
        ears: From one ear to the other.
    """

    stature: float
    ankle_height: float
    shank: float
    thigh: float
    hips: float
    trunk: float
    shoulders: float
    upper_arm: float
    forearm: float
    nose_ahead: float
    nose_above: float
    eyes_ahead: float
    eyes_above: float
    eyes: float
    ears_ahead: float
    ears_above: float
    ears: float

    @property
    def leg(self) -> float:
        """Ankle to hip, stretched."""
        return self.shank + self.thigh

    @property
    def arm(self) -> float:
        """Shoulder to wrist, stretched."""
        return self.upper_arm + self.forearm


@lru_cache(maxsize=1024)
def segments_of(body: Body) -> Segments:
    """The lengths of a body."""
    beyond = body.stature - MIDDLE_STATURE
    lengths = {name: (share + slope * beyond) * body.stature for name, (share, slope) in SHARES.items()}
    for breadth in ("hips", "shoulders"):
        lengths[breadth] *= 1 + BUILD_IN_JOINTS * (body.build - 1)
    return Segments(stature=body.stature, **lengths)
