"""Scale samples -> weight events and scale faults."""

from .model import WeighingSettings
from .stage import WeighingStage

__all__ = ["WeighingSettings", "WeighingStage"]
