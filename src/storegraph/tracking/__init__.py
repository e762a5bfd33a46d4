"""Keypoints of all cameras -> 3D shoppers."""

from .errors import TrackingError
from .model import TrackingSettings
from .skeleton import BODY_25, HALPE_26
from .stage import TrackingStage
from .tracker import MultiViewTracker

__all__ = ["BODY_25", "HALPE_26", "MultiViewTracker", "TrackingError", "TrackingSettings", "TrackingStage"]
