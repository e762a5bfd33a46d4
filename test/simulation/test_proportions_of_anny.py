"""The lengths of bodies without pictures are those of the bodies in pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from storegraph.observations import COCO_17
from storegraph.simulation.posture.anthropometry import segments_of
from storegraph.simulation.script import Body

anny = pytest.importorskip("anny", reason="Anny's bodies are not installed (`make pictures`)")
torch = pytest.importorskip("torch")

LEAST_STATURE = 1.0
"""Metres: nobody in the simulated store is smaller."""


def measured(points: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Lengths between COCO's joints of people in Anny's rest pose, who look along -y, shape [N] each."""
    joint = {name: points[:, index] for index, name in enumerate(COCO_17)}

    def between(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.linalg.norm(one - other, axis=1))

    middle = {
        name: (joint[f"left_{name}"] + joint[f"right_{name}"]) / 2
        for name in ("shoulder", "hip", "eye", "ear", "ankle")
    }
    lengths = {
        "ankle_height": middle["ankle"][:, 2],
        "shank": between(joint["left_knee"], joint["left_ankle"]),
        "thigh": between(joint["left_hip"], joint["left_knee"]),
        "hips": between(joint["left_hip"], joint["right_hip"]),
        "trunk": between(middle["shoulder"], middle["hip"]),
        "shoulders": between(joint["left_shoulder"], joint["right_shoulder"]),
        "upper_arm": between(joint["left_shoulder"], joint["left_elbow"]),
        "forearm": between(joint["left_elbow"], joint["left_wrist"]),
        "eyes": between(joint["left_eye"], joint["right_eye"]),
        "ears": between(joint["left_ear"], joint["right_ear"]),
    }
    for name, point in (("nose", joint["nose"]), ("eyes", middle["eye"]), ("ears", middle["ear"])):
        lengths[f"{name}_ahead"] = (middle["shoulder"] - point)[:, 1]
        lengths[f"{name}_above"] = (point - middle["shoulder"])[:, 2]
    return lengths


def test_shares_of_the_stature_are_those_of_annys_bodies_from_children_to_elders() -> None:
    """Prints what is left over: the figures beside `SHARES`, and a fit to compare them with."""
    from anny.shape_distribution import SimpleShapeDistribution

    torch.manual_seed(1)
    model = anny.create_fullbody_model()
    keypoints = anny.KeypointsRegressor.coco(model, list(COCO_17))
    ages = torch.distributions.Uniform(*(torch.tensor(age, dtype=model.dtype) for age in (3.5, 85.0)))
    people = SimpleShapeDistribution(model, ages)
    points, statures = [], []
    for _ in range(10):
        _, phenotype = people.sample(20)
        with torch.no_grad():
            body = model(phenotype_kwargs=phenotype)
            found = keypoints(body).numpy()
        heights = body["vertices"].numpy()[..., 2]
        found[..., 2] -= heights.min(axis=1)[:, None]
        points.append(found)
        statures.append(heights.max(axis=1) - heights.min(axis=1))
    stature = np.concatenate(statures)
    lengths = measured(np.concatenate(points).astype(np.float64))
    grown = stature > LEAST_STATURE
    segments = [segments_of(Body(float(each), 1.0, 30.0, 0)) for each in stature[grown]]
    for name, length in lengths.items():
        error = length[grown] - [getattr(each, name) for each in segments]
        slope, share = np.polyfit(stature[grown] - 1.75, length[grown] / stature[grown], 1)
        off, spread = 1000 * error.mean(), 1000 * error.std()
        print(f"{name:12s} off by {off:+5.1f} mm, rms {spread:4.1f} mm; fitted: {share:.4f} {slope:+.4f}")
        assert abs(error.mean()) < 0.006
        assert error.std() < 0.025
