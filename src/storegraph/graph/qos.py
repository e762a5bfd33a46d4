"""Quality of service as rclpy takes it."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from .topics import Delivery, Quality


def profile(quality: Quality) -> QoSProfile:
    """A quality of service as a profile."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=quality.depth,
        reliability=ReliabilityPolicy.RELIABLE if quality.reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if quality.transient_local else DurabilityPolicy.VOLATILE,
    )


QOS = {delivery: profile(delivery.value) for delivery in Delivery}
WATERMARK_QOS = profile(Quality(1, reliable=True, transient_local=True))
"""Of promises only the newest counts."""
