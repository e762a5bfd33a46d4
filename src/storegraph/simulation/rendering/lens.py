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

FULL_WELL = 6000.0
"""Electrons of a white pixel: sensors with pixels of 2 to 3 micrometres hold so many (EMVA 1288 data sheets)."""

READ_NOISE = 9.0
"""Electrons, at the gain of a lit room."""

SHARPENED = 0.5
"""Share of unsharp masking, as cameras do to pictures before they are sent."""


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """One camera's optics, sensor and processing.

    Attributes:
        exposure: Of the light of a scene, so that its mean becomes `BRIGHTNESS`.
        tint: White balance of red, green, blue, shape [3].
        fall_off: Share of light that arrives, shape [H, W, 1].
        grain: Normal random numbers, larger than a picture, shape [H + 64, W + 64, 3].
        seed: Of the performance.
        camera: Camera id.
    """

    exposure: float
    tint: Singles
    fall_off: Singles
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
        return cls(
            exposure=BRIGHTNESS / float(np.minimum(scene, 2.0).mean()),
            tint=(tint / tint.mean()).astype(np.float32),
            fall_off=(1 - FALL_OFF * radius**1.5)[..., None].astype(np.float32),
            grain=draw.standard_normal((height + 64, width + 64, 3), np.float32),
            seed=seed,
            camera=camera,
        )

    def develop(self, scene: Singles, frame: int) -> Picture:
        """The picture, BGR, shape [H, W, 3]; its noise is drawn from the number of the frame."""
        height, width, _ = scene.shape
        light = cv2.GaussianBlur(scene, (0, 0), BLUR) * (self.fall_off * (self.tint * np.float32(self.exposure)))
        down, right = chance(self.seed, "grain", self.camera, str(frame)).integers(0, 64, 2)
        grain = self.grain[down : down + height, right : right + width]
        spread = np.sqrt(np.maximum(light, 0) * np.float32(FULL_WELL) + np.float32(READ_NOISE**2))
        light = light + grain * spread / np.float32(FULL_WELL)
        picture = _CURVE[np.clip(light * 1023 / _BRIGHTEST, 0, 1023).astype(np.int32)]
        soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
        sharp = cv2.addWeighted(picture, 1 + SHARPENED, soft, -SHARPENED, 0)
        return np.asarray(np.clip(sharp[..., ::-1], 0, 255), np.uint8)


_BRIGHTEST = 2.5
"""What becomes white; the curve bends towards it."""


def _curve() -> Singles:
    """Linear light as sRGB values (IEC 61966-2-1), bent at the bright end as cameras do, 0 to 255, shape [1024]."""
    light = np.linspace(0, _BRIGHTEST, 1024)
    bent = light * (1 + light / _BRIGHTEST**2) / (1 + 0.55 * light) * 1.15
    bent = np.clip(bent, 0, 1)
    coded = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * bent ** (1 / 2.4) - 0.055)
    return (255 * coded).astype(np.float32)


_CURVE = _curve()
