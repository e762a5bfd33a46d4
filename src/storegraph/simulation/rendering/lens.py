"""What a camera makes of light: lens, sensor and the picture that comes out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.chance import chance

Singles = NDArray[np.float32]
Picture = NDArray[np.uint8]

BLUR = 0.55
"""Spread of a point in a picture, pixels: lens and colour filter of a sharp 2 megapixel camera, scaled down."""

FALL_OFF = 0.28
"""Share of the light that the corners of a picture lack."""

BRIGHTNESS = 0.30
"""Mean of a picture after exposure, of the 1 that becomes white: what automatic exposure aims at."""

NOISE = 0.0065
"""Spread of the roots of light, where white is 1: half of one by the root of the 6000 electrons that a pixel of 2 to 3
micrometres holds (EMVA 1288 data sheets); what reading adds in the dark is left out."""

SHARPENED = 0.5
"""Share of unsharp masking, as cameras do to pictures before they are sent."""


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """One camera's optics, sensor and processing.

    Attributes:
        arriving: What becomes of light: exposure, so that the mean becomes `BRIGHTNESS`, white balance, and the
            fall-off to the corners; shape [H, W, 3].
        grain: Noise of the roots of light, larger than a picture, shape [H + 64, W + 64, 3].
        seed: Of the performance.
        camera: Camera id.
    """

    arriving: Singles
    grain: Singles
    seed: int
    camera: str

    @classmethod
    def before(cls, scene: Singles, seed: int, camera: str) -> Lens:
        """A lens set for a scene, linear light, shape [H, W, 3]."""
        height, width, _ = scene.shape
        draw = chance(seed, "lens", camera)
        row, column = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        aspect = height / width
        radius = (column**2 + (aspect * row) ** 2) / (1 + aspect**2)
        tint = draw.normal(1.0, 0.025, 3)
        exposure = BRIGHTNESS / float(np.minimum(scene, 2.0).mean())
        arriving = exposure * (1 - FALL_OFF * radius**1.5)[..., None] * (tint / tint.mean())
        grain = draw.standard_normal((height + 64, width + 64, 3), np.float32) * np.float32(NOISE)
        return cls(arriving.astype(np.float32), grain, seed, camera)

    def develop(self, scene: Singles, frame: int) -> Picture:
        """The picture, BGR, shape [H, W, 3]; its noise is drawn from the number of the frame.

        The noise of light grows with the root of light, so that of the root is the same everywhere (Anscombe,
        Biometrika 35, 1948): it is added there, and a table makes sRGB of roots.
        """
        height, width, _ = scene.shape
        light = cv2.GaussianBlur(scene, (0, 0), BLUR)
        down, right = chance(self.seed, "grain", self.camera, str(frame)).integers(0, 64, 2)
        roots = cv2.sqrt(cv2.multiply(light, self.arriving))
        roots = roots + self.grain[down : down + height, right : right + width]
        coded = cv2.LUT(cv2.convertScaleAbs(roots, alpha=255 / np.sqrt(BRIGHTEST)), _CURVE)
        soft = cv2.GaussianBlur(coded, (0, 0), 1.0)
        return np.asarray(cv2.addWeighted(coded, 1 + SHARPENED, soft, -SHARPENED, 0)[..., ::-1], np.uint8)


BRIGHTEST = 2.5
"""What becomes white; the curve bends towards it."""


def _curve() -> Picture:
    """Roots of light as sRGB values (IEC 61966-2-1), bent at the bright end as cameras do, shape [256]."""
    light = BRIGHTEST * np.linspace(0, 1, 256) ** 2
    bent = light * (1 + light / BRIGHTEST**2) / (1 + 0.55 * light) * 1.15
    bent = np.clip(bent, 0, 1)
    coded = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * bent ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * coded), np.uint8)


_CURVE = _curve()
