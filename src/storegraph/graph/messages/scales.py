"""Scale samples and scale faults as messages."""

from __future__ import annotations

import math

import numpy as np

from storegraph.observations import ScaleCondition, ScaleFault, ScaleSamples

from .base import Message, MessageError, Types, from_time, to_header, to_time


def scale_samples_to_message(types: Types, samples: ScaleSamples) -> Message:
    """`ScaleSamples` to its message."""
    return types["storegraph_msgs/msg/ScaleSamples"](
        header=to_header(types, samples.stamp, samples.fixture),
        rate=samples.rate,
        scales=list(samples.scales),
        grams=np.ascontiguousarray(samples.grams, dtype=np.float32).reshape(-1),
    )


def scale_samples_from_message(message: Message) -> ScaleSamples:
    """`ScaleSamples` from its message.

    Raises:
        MessageError: The rate is not positive, there are no scales or one twice, or the readings do not fill whole
            samples.
    """
    scales = tuple(message.scales)
    grams = np.asarray(message.grams, dtype=np.float32)
    rate = float(message.rate)
    fixture = message.header.frame_id
    if not (rate > 0 and math.isfinite(rate)):
        raise MessageError(f"ScaleSamples of {fixture}: rate {rate} is not a positive number of samples per second")
    if not scales or len(set(scales)) != len(scales):
        raise MessageError(f"ScaleSamples of {fixture}: scales {list(scales)} must be named, each once")
    if grams.size == 0 or grams.size % len(scales):
        raise MessageError(
            f"ScaleSamples of {fixture}: {grams.size} readings do not fill samples of {len(scales)} scales"
        )
    return ScaleSamples(from_time(message.header.stamp), fixture, rate, scales, grams.reshape(-1, len(scales)))


def scale_fault_to_message(types: Types, fault: ScaleFault) -> Message:
    """`ScaleFault` to its message."""
    return types["storegraph_msgs/msg/ScaleFault"](
        header=to_header(types, fault.stamp, fault.fixture),
        scale=fault.scale,
        condition=int(fault.condition),
        since=to_time(types, fault.since),
    )


def scale_fault_from_message(message: Message) -> ScaleFault:
    """`ScaleFault` from its message."""
    return ScaleFault(
        from_time(message.header.stamp),
        message.header.frame_id,
        message.scale,
        ScaleCondition(message.condition),
        from_time(message.since),
    )
