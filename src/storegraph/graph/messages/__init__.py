"""Observations to ROS messages and back.

Both ways are written once for whatever classes carry the fields: those that `rosbags` makes from the definitions, or
those that rosidl generates. `from_…` functions are the edge of the graph: what they let through, the stages may rely
on.
"""

from __future__ import annotations

from collections.abc import Mapping

from storegraph.observations import (
    Cart,
    FacingStock,
    GateEvent,
    Interaction,
    Keypoints,
    Receipt,
    ScaleFault,
    ScaleSamples,
    Shoppers,
    Verdict,
    WeightEvent,
)

from .base import Conversion, Message, MessageError, Types, from_time, to_header, to_time
from .gate import gate_event_from_message, gate_event_to_message
from .interaction import interaction_from_message, interaction_to_message
from .keypoints import keypoints_from_message, keypoints_to_message
from .purchases import cart_from_message, cart_to_message, receipt_from_message, receipt_to_message
from .scales import (
    scale_fault_from_message,
    scale_fault_to_message,
    scale_samples_from_message,
    scale_samples_to_message,
)
from .shoppers import shoppers_from_message, shoppers_to_message
from .stock import facing_stock_from_message, facing_stock_to_message
from .verdict import verdict_from_message, verdict_to_message
from .weight import weight_event_from_message, weight_event_to_message

__all__ = [
    "CONVERSIONS",
    "Conversion",
    "Message",
    "MessageError",
    "Types",
    "from_time",
    "to_header",
    "to_time",
]

CONVERSIONS: Mapping[type, Conversion] = {
    Keypoints: Conversion("storegraph_msgs/msg/Keypoints2D", keypoints_to_message, keypoints_from_message),
    ScaleSamples: Conversion("storegraph_msgs/msg/ScaleSamples", scale_samples_to_message, scale_samples_from_message),
    ScaleFault: Conversion("storegraph_msgs/msg/ScaleFault", scale_fault_to_message, scale_fault_from_message),
    WeightEvent: Conversion("storegraph_msgs/msg/WeightEvent", weight_event_to_message, weight_event_from_message),
    Shoppers: Conversion("storegraph_msgs/msg/Shoppers", shoppers_to_message, shoppers_from_message),
    GateEvent: Conversion("storegraph_msgs/msg/GateEvent", gate_event_to_message, gate_event_from_message),
    Interaction: Conversion("storegraph_msgs/msg/Interaction", interaction_to_message, interaction_from_message),
    FacingStock: Conversion("storegraph_msgs/msg/FacingStock", facing_stock_to_message, facing_stock_from_message),
    Cart: Conversion("storegraph_msgs/msg/Cart", cart_to_message, cart_from_message),
    Receipt: Conversion("storegraph_msgs/msg/Receipt", receipt_to_message, receipt_from_message),
    Verdict: Conversion("storegraph_msgs/msg/Verdict", verdict_to_message, verdict_from_message),
}
"""One line for each kind of observation that travels."""
