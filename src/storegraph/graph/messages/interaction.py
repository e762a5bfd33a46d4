"""Interactions as messages."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from storegraph.observations import (
    Action,
    Candidate,
    Holding,
    Hypothesis,
    Interaction,
    ItemCount,
    Items,
    ItemsProbability,
    Share,
)

from .base import MAP_FRAME, Message, MessageError, Types, from_time, to_header, to_time


def _items_to_message(types: Types, items: Items) -> list[Message]:
    item_count = types["storegraph_msgs/msg/ItemCount"]
    return [item_count(gtin=item.gtin, count=item.count) for item in items]


def _items_from_message(messages: Iterable[Message]) -> Items:
    return tuple(ItemCount(item.gtin, int(item.count)) for item in messages)


def _holding_to_message(types: Types, holding: Holding) -> Message:
    share = types["storegraph_msgs/msg/Share"]
    return types["storegraph_msgs/msg/Holding"](
        party=holding.party,
        gtin=holding.gtin,
        counts=np.array(holding.counts, dtype=np.float64),
        shares=[share(shopper_id=each.shopper_id, expected=each.expected) for each in holding.shares],
        events=list(holding.events),
    )


def _holding_from_message(message: Message, event_id: str) -> Holding:
    if not len(message.counts):
        raise MessageError(f"Interaction {event_id}: a holding has no counts; there is at least the count of none")
    return Holding(
        message.party,
        message.gtin,
        tuple(map(float, message.counts)),
        tuple(Share(share.shopper_id, float(share.expected)) for share in message.shares),
        tuple(message.events),
    )


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
        revision=interaction.revision,
        holdings=[_holding_to_message(types, holding) for holding in interaction.holdings],
    )


def interaction_from_message(message: Message) -> Interaction:
    """`Interaction` from its message.

    Raises:
        MessageError: It carries no hypothesis, or a holding without counts.
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
        revision=int(message.revision),
        holdings=tuple(_holding_from_message(holding, message.event_id) for holding in message.holdings),
    )
