"""Shoppers as messages."""

from __future__ import annotations

import numpy as np

from storegraph.observations import Shopper, Shoppers, ShopperState

from .base import MAP_FRAME, Message, MessageError, Types, from_time, to_header


def shoppers_to_message(types: Types, snapshot: Shoppers) -> Message:
    """`Shoppers` to its message."""
    shopper_type = types["storegraph_msgs/msg/Shopper"]
    return types["storegraph_msgs/msg/Shoppers"](
        header=to_header(types, snapshot.stamp, MAP_FRAME),
        joints=list(snapshot.joints),
        shoppers=[
            shopper_type(
                shopper_id=shopper.shopper_id,
                state=int(shopper.state),
                positions=np.ascontiguousarray(shopper.positions, dtype=np.float32).reshape(-1),
                covariance=np.ascontiguousarray(shopper.covariance, dtype=np.float32).reshape(-1),
                confidence=np.ascontiguousarray(shopper.confidence, dtype=np.float32),
            )
            for shopper in snapshot.shoppers
        ],
    )


def shoppers_from_message(message: Message) -> Shoppers:
    """`Shoppers` from its message.

    Raises:
        MessageError: The frame is not `map`, a shopper appears twice or without an id, or arrays do not fit the joints.
    """
    if message.header.frame_id != MAP_FRAME:
        raise MessageError(f'Shoppers: frame "{message.header.frame_id}" is not "{MAP_FRAME}"')
    joints = tuple(message.joints)
    shoppers = tuple(_shopper_from_message(shopper, len(joints)) for shopper in message.shoppers)
    ids = [shopper.shopper_id for shopper in shoppers]
    if "" in ids or len(set(ids)) != len(ids):
        raise MessageError(f"Shoppers: ids {ids} must be given, each once")
    return Shoppers(from_time(message.header.stamp), joints, shoppers)


def _shopper_from_message(message: Message, joints: int) -> Shopper:
    positions = np.asarray(message.positions, dtype=np.float32)
    covariance = np.asarray(message.covariance, dtype=np.float32)
    confidence = np.asarray(message.confidence, dtype=np.float32)
    if positions.size != 3 * joints or confidence.size != joints or covariance.size not in (0, 6 * joints):
        raise MessageError(
            f"Shopper {message.shopper_id}: {positions.size} positions, {covariance.size} covariances and "
            f"{confidence.size} confidences do not fit {joints} joints (3, 6 or none, and 1 for each)"
        )
    return Shopper(
        message.shopper_id,
        ShopperState(message.state),
        positions.reshape(-1, 3),
        covariance.reshape(-1, 6),
        confidence,
    )
