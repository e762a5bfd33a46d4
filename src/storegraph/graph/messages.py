"""Observations to ROS messages and back.

Both ways are written once for whatever classes carry the fields: those that `rosbags` makes from the definitions, or
those that rosidl generates. `from_…` functions are the edge of the graph: what they let through, the stages may rely
on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from storegraph.errors import StoregraphError
from storegraph.observations import (
    Action,
    Candidate,
    Cart,
    CartLine,
    GateEvent,
    Hypothesis,
    Interaction,
    ItemCount,
    Items,
    ItemsProbability,
    Observation,
    Passage,
    Receipt,
    ScaleChange,
    ScaleCondition,
    ScaleFault,
    ScaleSamples,
    Shopper,
    Shoppers,
    ShopperState,
    WeightEvent,
)

NANOSECONDS = 1_000_000_000
MAP_FRAME = "map"

Message = Any
"""A message of either world: only its fields matter."""

Types = Mapping[str, Callable[..., Message]]
"""Message classes by full name ("std_msgs/msg/Header")."""


class MessageError(StoregraphError):
    """A message says something impossible; it is refused before any stage sees it."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one kind of observation travels.

    Attributes:
        message_type: Full name of the message.
        to_message: From an observation, with the classes to use.
        from_message: From a message.
    """

    message_type: str
    to_message: Callable[[Types, Any], Message]
    from_message: Callable[[Message], Observation]


def to_time(types: Types, stamp: int) -> Message:
    """Nanoseconds since the epoch as `builtin_interfaces/Time`."""
    return types["builtin_interfaces/msg/Time"](sec=stamp // NANOSECONDS, nanosec=stamp % NANOSECONDS)


def from_time(time: Message) -> int:
    """`builtin_interfaces/Time` as nanoseconds since the epoch."""
    return int(time.sec) * NANOSECONDS + int(time.nanosec)


def to_header(types: Types, stamp: int, frame: str) -> Message:
    """A `std_msgs/Header`."""
    return types["std_msgs/msg/Header"](stamp=to_time(types, stamp), frame_id=frame)


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
        header=to_header(types, fault.stamp, fault.fixture), scale=fault.scale, condition=int(fault.condition)
    )


def scale_fault_from_message(message: Message) -> ScaleFault:
    """`ScaleFault` from its message."""
    return ScaleFault(
        from_time(message.header.stamp), message.header.frame_id, message.scale, ScaleCondition(message.condition)
    )


def weight_event_to_message(types: Types, event: WeightEvent) -> Message:
    """`WeightEvent` to its message."""
    change = types["storegraph_msgs/msg/ScaleChange"]

    def changes(parts: Iterable[ScaleChange]) -> list[Message]:
        return [change(scale=part.scale, delta=part.delta, sigma=part.sigma) for part in parts]

    return types["storegraph_msgs/msg/WeightEvent"](
        header=to_header(types, event.stamp, event.fixture),
        event_id=event.event_id,
        begin=to_time(types, event.begin),
        end=to_time(types, event.end),
        changes=changes(event.changes),
        cross_talk=changes(event.cross_talk),
        delta=event.delta,
        sigma=event.sigma,
    )


def weight_event_from_message(message: Message) -> WeightEvent:
    """`WeightEvent` from its message.

    Raises:
        MessageError: It names no scale, ends before it begins, or its weight is no number.
    """

    def changes(parts: Iterable[Message]) -> tuple[ScaleChange, ...]:
        return tuple(ScaleChange(part.scale, float(part.delta), float(part.sigma)) for part in parts)

    event = WeightEvent(
        stamp=from_time(message.header.stamp),
        event_id=message.event_id,
        fixture=message.header.frame_id,
        begin=from_time(message.begin),
        end=from_time(message.end),
        changes=changes(message.changes),
        cross_talk=changes(message.cross_talk),
        delta=float(message.delta),
        sigma=float(message.sigma),
    )
    if not event.changes:
        raise MessageError(f"WeightEvent {event.event_id}: changes is empty; an event names the scales that changed")
    if not event.begin <= event.end <= event.stamp:
        raise MessageError(f"WeightEvent {event.event_id}: begin, end and stamp are not in this order")
    if not (math.isfinite(event.delta) and math.isfinite(event.sigma) and event.sigma > 0):
        raise MessageError(
            f"WeightEvent {event.event_id}: delta {event.delta} g with sigma {event.sigma} g is no measurement"
        )
    return event


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


def gate_event_to_message(types: Types, event: GateEvent) -> Message:
    """`GateEvent` to its message."""
    return types["storegraph_msgs/msg/GateEvent"](
        header=to_header(types, event.stamp, MAP_FRAME),
        gate=event.gate,
        passage=int(event.passage),
        credential=event.credential,
        party=event.party,
        shopper_id=event.shopper_id,
        derived=event.derived,
    )


def gate_event_from_message(message: Message) -> GateEvent:
    """`GateEvent` from its message.

    Raises:
        MessageError: The passage is neither entry nor exit.
    """
    if message.passage not in iter(Passage):
        raise MessageError(f"GateEvent at {message.gate}: passage {message.passage} is neither 0 (entry) nor 1 (exit)")
    return GateEvent(
        stamp=from_time(message.header.stamp),
        gate=message.gate,
        passage=Passage(message.passage),
        credential=message.credential,
        party=message.party,
        shopper_id=message.shopper_id,
        derived=bool(message.derived),
    )


def _items_to_message(types: Types, items: Items) -> list[Message]:
    item_count = types["storegraph_msgs/msg/ItemCount"]
    return [item_count(gtin=item.gtin, count=item.count) for item in items]


def _items_from_message(messages: Iterable[Message]) -> Items:
    return tuple(ItemCount(item.gtin, int(item.count)) for item in messages)


def interaction_to_message(types: Types, interaction: Interaction) -> Message:
    """`Interaction` to its message."""
    candidate = types["storegraph_msgs/msg/Candidate"]
    items_probability = types["storegraph_msgs/msg/ItemsProbability"]
    hypothesis_type = types["storegraph_msgs/msg/Hypothesis"]
    return types["storegraph_msgs/msg/Interaction"](
        header=to_header(types, interaction.stamp, MAP_FRAME),
        event_id=interaction.event_id,
        begin=to_time(types, interaction.begin),
        end=to_time(types, interaction.end),
        fixture=interaction.fixture,
        scales=list(interaction.scales),
        delta=interaction.delta,
        sigma=interaction.sigma,
        who=[
            candidate(shopper_id=who.shopper_id, probability=who.probability, hand_distance=who.hand_distance)
            for who in interaction.who
        ],
        what=[
            items_probability(items=_items_to_message(types, what.items), probability=what.probability)
            for what in interaction.what
        ],
        action=np.array(interaction.action, dtype=np.float64),
        hypotheses=[
            hypothesis_type(
                shopper_id=hypothesis.shopper_id,
                action=int(hypothesis.action),
                items=_items_to_message(types, hypothesis.items),
                probability=hypothesis.probability,
            )
            for hypothesis in interaction.hypotheses
        ],
    )


def interaction_from_message(message: Message) -> Interaction:
    """`Interaction` from its message.

    Raises:
        MessageError: It carries no hypothesis.
    """
    if not message.hypotheses:
        raise MessageError(f"Interaction {message.event_id}: hypotheses is empty; there is at least one explanation")
    take, put_back, none = (float(probability) for probability in message.action)
    return Interaction(
        stamp=from_time(message.header.stamp),
        event_id=message.event_id,
        begin=from_time(message.begin),
        end=from_time(message.end),
        fixture=message.fixture,
        scales=tuple(message.scales),
        delta=float(message.delta),
        sigma=float(message.sigma),
        who=tuple(Candidate(who.shopper_id, float(who.probability), float(who.hand_distance)) for who in message.who),
        what=tuple(ItemsProbability(_items_from_message(what.items), float(what.probability)) for what in message.what),
        action=(take, put_back, none),
        hypotheses=tuple(
            Hypothesis(
                hypothesis.shopper_id,
                Action(hypothesis.action),
                _items_from_message(hypothesis.items),
                float(hypothesis.probability),
            )
            for hypothesis in message.hypotheses
        ),
    )


def _lines_to_message(types: Types, lines: Iterable[CartLine]) -> list[Message]:
    cart_line = types["storegraph_msgs/msg/CartLine"]
    return [
        cart_line(
            gtin=line.gtin,
            name=line.name,
            count=line.count,
            priced=line.unit_price is not None,
            unit_price=line.unit_price or 0,
            confidence=line.confidence,
            doubt=line.doubt,
        )
        for line in lines
    ]


def _lines_from_message(messages: Iterable[Message]) -> tuple[CartLine, ...]:
    return tuple(
        CartLine(
            gtin=line.gtin,
            name=line.name,
            count=int(line.count),
            unit_price=int(line.unit_price) if line.priced else None,
            confidence=float(line.confidence),
            doubt=line.doubt,
        )
        for line in messages
    )


def cart_to_message(types: Types, cart: Cart) -> Message:
    """`Cart` to its message."""
    return types["storegraph_msgs/msg/Cart"](
        header=to_header(types, cart.stamp, MAP_FRAME),
        visit_id=cart.visit_id,
        shopper_id=cart.shopper_id,
        party=cart.party,
        lines=_lines_to_message(types, cart.lines),
        currency=cart.currency,
        total=cart.total,
    )


def cart_from_message(message: Message) -> Cart:
    """`Cart` from its message."""
    return Cart(
        stamp=from_time(message.header.stamp),
        visit_id=message.visit_id,
        shopper_id=message.shopper_id,
        party=message.party,
        lines=_lines_from_message(message.lines),
        currency=message.currency,
    )


def receipt_to_message(types: Types, receipt: Receipt) -> Message:
    """`Receipt` to its message."""
    return types["storegraph_msgs/msg/Receipt"](
        header=to_header(types, receipt.stamp, MAP_FRAME),
        visit_id=receipt.visit_id,
        shopper_id=receipt.shopper_id,
        party=receipt.party,
        gate=receipt.gate,
        entered=to_time(types, receipt.entered),
        left=to_time(types, receipt.left),
        derived=receipt.derived,
        lines=_lines_to_message(types, receipt.lines),
        currency=receipt.currency,
        total=receipt.total,
        in_doubt=receipt.in_doubt,
    )


def receipt_from_message(message: Message) -> Receipt:
    """`Receipt` from its message."""
    return Receipt(
        stamp=from_time(message.header.stamp),
        visit_id=message.visit_id,
        shopper_id=message.shopper_id,
        party=message.party,
        gate=message.gate,
        entered=from_time(message.entered),
        left=from_time(message.left),
        derived=bool(message.derived),
        lines=_lines_from_message(message.lines),
        currency=message.currency,
    )


CONVERSIONS: Mapping[type, Conversion] = {
    ScaleSamples: Conversion("storegraph_msgs/msg/ScaleSamples", scale_samples_to_message, scale_samples_from_message),
    ScaleFault: Conversion("storegraph_msgs/msg/ScaleFault", scale_fault_to_message, scale_fault_from_message),
    WeightEvent: Conversion("storegraph_msgs/msg/WeightEvent", weight_event_to_message, weight_event_from_message),
    Shoppers: Conversion("storegraph_msgs/msg/Shoppers", shoppers_to_message, shoppers_from_message),
    GateEvent: Conversion("storegraph_msgs/msg/GateEvent", gate_event_to_message, gate_event_from_message),
    Interaction: Conversion("storegraph_msgs/msg/Interaction", interaction_to_message, interaction_from_message),
    Cart: Conversion("storegraph_msgs/msg/Cart", cart_to_message, cart_from_message),
    Receipt: Conversion("storegraph_msgs/msg/Receipt", receipt_to_message, receipt_from_message),
}
"""One line for each kind of observation that travels."""
