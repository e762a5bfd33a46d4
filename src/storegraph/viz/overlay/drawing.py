"""Draws people into the picture that they were found in."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.observations import PersonKeypoints
from storegraph.viz.figures import BONES, COLOURS
from storegraph.viz.markers import Colour

from .model import OverlayError, Pair

Bytes = NDArray[np.uint8]

LINE = 1 / 240
"""Width of a line as a share of the picture's height: 2 pixels at 480."""
FONT_HEIGHT = 22
"""Pixels: height of a letter of OpenCV's font at size 1."""
LETTER = 1 / 1000
"""Size of letters for each pixel of the picture's height: they are 11 pixels high at 480."""
FARTHEST = 2**14
"""Pixels from the picture's corner within which a joint is drawn; OpenCV cannot count much further."""


def overlaid(pair: Pair, quality: int) -> Bytes:
    """The picture with its people drawn on it.

    Args:
        pair: The picture and its people.
        quality: Of the JPEG, 1 to 100.

    Returns:
        The bytes of a JPEG, shape [N].

    Raises:
        OverlayError: OpenCV cannot read the picture.
    """
    decoded = cv2.imdecode(np.frombuffer(pair.picture, np.uint8), cv2.IMREAD_COLOR) if pair.picture else None
    if decoded is None:
        raise OverlayError(
            f"a picture of camera {pair.keypoints.camera}, {len(pair.picture)} bytes, is none that OpenCV reads"
        )
    image = decoded.astype(np.uint8, copy=False)
    from_the_left = sorted(pair.keypoints.people, key=lambda person: float(person.box[0]))
    for number, person in enumerate(from_the_left):
        draw(image, person, pair.keypoints.joints, COLOURS[number % len(COLOURS)])
    _, encoded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return encoded.astype(np.uint8, copy=False)


def draw(image: Bytes, person: PersonKeypoints, joints: tuple[str, ...], colour: Colour) -> None:
    """Draws a person: the box with its score, the bones and the joints.

    A joint is the darker the less sure it is, so what tracking is given is all to be seen.

    Args:
        image: BGR, shape [H, W, 3]; is drawn on.
        person: Who; what was not found is left out.
        joints: Names of the person's joints.
        colour: Of a joint that is sure.
    """
    width = max(1, round(image.shape[0] * LINE))
    found = _found(person, joints)
    for bone in BONES:
        if all(name in found for name in bone):
            (begin, sure), (end, as_sure) = (found[name] for name in bone)
            cv2.line(image, begin, end, _bgr(colour, min(sure, as_sure)), width, cv2.LINE_AA)
    for middle, sure in found.values():
        cv2.circle(image, middle, 2 * width, _bgr(colour, sure), cv2.FILLED, cv2.LINE_AA)
    if np.isfinite(person.box).all():
        _box(image, person, _bgr(colour, 1.0))


def _box(image: Bytes, person: PersonKeypoints, bgr: tuple[float, ...]) -> None:
    left, top, width, height = (float(each) for each in person.box)
    corner = _pixel(left, top)
    cv2.rectangle(image, corner, _pixel(left + width, top + height), bgr)
    size = image.shape[0] * LETTER
    place = corner[0], max(corner[1], round(FONT_HEIGHT * size))  # in the picture where the box goes beyond
    cv2.putText(image, f"{person.score:.2f}", place, cv2.FONT_HERSHEY_SIMPLEX, size, bgr, 1, cv2.LINE_AA)


def _found(person: PersonKeypoints, joints: tuple[str, ...]) -> Mapping[str, tuple[tuple[int, int], float]]:
    """Where each joint is, and how sure that is, 0 to 1."""
    return {
        name: (_pixel(*place.tolist()), min(max(float(score), 0.0), 1.0))
        for name, place, score in zip(joints, person.points, person.scores, strict=True)
        if np.isfinite(place).all() and np.isfinite(score)
    }


def _pixel(x: float, y: float) -> tuple[int, int]:
    """The nearest pixel, in or around the picture."""
    return round(min(max(x, -FARTHEST), FARTHEST)), round(min(max(y, -FARTHEST), FARTHEST))


def _bgr(colour: Colour, brightness: float) -> tuple[float, float, float]:
    red, green, blue, _ = colour
    return 255 * blue * brightness, 255 * green * brightness, 255 * red * brightness
