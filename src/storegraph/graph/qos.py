"""Quality of service as rclpy takes it."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from .topics import Delivery, Quality


def profile_of(delivery: Delivery) -> QoSProfile:
    """The profile of a kind of data: a new one each time, for rclpy writes what is overridden into the one it gets."""
    return profile(delivery.value)


def watermark_profile() -> QoSProfile:
    """The profile of promises, of which only the newest counts; a new one each time."""
    return profile(Quality(1, reliable=True, transient_local=True))


def profile(quality: Quality) -> QoSProfile:
    """A quality of service as a profile."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=quality.depth,
        reliability=ReliabilityPolicy.RELIABLE if quality.reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if quality.transient_local else DurabilityPolicy.VOLATILE,
    )
