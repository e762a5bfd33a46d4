"""Who is where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class ShopperState(IntEnum):
    """How a shopper's position is known; the values are those of `Shopper.msg`."""

    TENTATIVE = 0
    TRACKED = 1
    OCCLUDED = 2


@dataclass(frozen=True, slots=True, eq=False)
class Shopper:
    """One anonymous shopper at one moment.

    Attributes:
        shopper_id: Opaque; lives from gate to gate and is never reused.
        state: How the position is known.
        positions: Joints in `map`, metres, shape [joint, 3]; NaN where unknown.
        covariance: Of each joint in `map`, square metres, shape [joint, 6] (xx, xy, xz, yy, yz, zz), or [0, 6] where
            the tracker gives none.
        confidence: Of each joint, 0 to 1, shape [joint].
    """

    shopper_id: str
    state: ShopperState
    positions: NDArray[np.float32]
    covariance: NDArray[np.float32]
    confidence: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shoppers:
    """Everybody in the store at one moment.

    Attributes:
        stamp: The moment, nanoseconds since the Unix epoch.
        joints: Joint names, the order of every shopper's arrays. COCO names ("left_wrist"), and "head" and "neck"
            where a tracker has them.
        shoppers: Empty when the store is.
    """

    stamp: int
    joints: tuple[str, ...]
    shoppers: tuple[Shopper, ...]

    @property
    def key(self) -> str:
        """Empty: there is one snapshot of a moment."""
        return ""
