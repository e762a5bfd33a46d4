"""Simulated cameras at the level of keypoints: what a pose network would make of their pictures.

A camera's shutter says when (`shutter`), its geometry where joints are seen and what hides them (`furniture`, `bodies`,
`occlusion`), the network what becomes of that (`detection`, `lookalikes`); `stream` puts it together.
"""

from .model import CameraSettings, DetectionSettings, ShutterSettings
from .stream import keypoints

__all__ = ["CameraSettings", "DetectionSettings", "ShutterSettings", "keypoints"]
