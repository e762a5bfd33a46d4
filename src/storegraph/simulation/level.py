"""How deep a recording is simulated; apart from the simulation, which takes seconds to import."""

from __future__ import annotations

from typing import Literal

Level = Literal["keypoints", "shoppers", "images"]
"""How deep the cameras are simulated: what a pose network makes of their pictures, what tracking makes of that, or the
pictures.
"""
