"""What a replay wrote, read again, and the recording it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import Decoder
from storegraph.graph.messages import MessageError
from storegraph.graph.replay import BAG
from storegraph.graph.topics import (
    CARTS,
    INTERACTIONS,
    PASSAGES,
    RECEIPTS,
    SCALE_FAULTS,
    SCALE_SAMPLES,
    SHOPPERS,
    Topic,
)
from storegraph.observations import (
    Cart,
    GateEvent,
    Interaction,
    Observation,
    Receipt,
    ScaleFault,
    ScaleSamples,
    Shoppers,
    ShopperState,
)
from storegraph.store.model import Store

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay concluded.

    Attributes:
        begin: Of the recording, nanoseconds since the Unix epoch.
        end: Of the recording.
        shoppers: Every snapshot, by stamp, without those who are not yet taken for people.
        interactions: By begin; of one that was revised the last word.
        carts: Every change, by stamp.
        receipts: In the order of settlement.
        faults: Changes in the condition of scales, by stamp.
    """

    begin: int
    end: int
    shoppers: tuple[Shoppers, ...]
    interactions: tuple[Interaction, ...]
    carts: tuple[Cart, ...]
    receipts: tuple[Receipt, ...]
    faults: tuple[ScaleFault, ...]


def read_replay(results: Path, recording: Path, store: Store) -> Replayed:
    """The results of a replay.

    Args:
        results: The folder that a replay wrote.
        recording: The bag that was replayed.
        store: It was recorded in.

    Raises:
        BagError: One of the bags cannot be read.
    """
    with BagReader(recording, store.id) as reader:
        begin, end = reader.span
    found = list(_observations(results / BAG, store, (SHOPPERS, INTERACTIONS, CARTS, RECEIPTS, SCALE_FAULTS)))
    return Replayed(
        begin,
        end,
        tuple(map(_without_tentative, _of(Shoppers, found))),
        _as_concluded_last(_of(Interaction, found)),
        _of(Cart, found),
        _of(Receipt, found),
        _of(ScaleFault, found),
    )


def read_samples(recording: Path, store: Store) -> Iterator[ScaleSamples]:
    """What the scales said.

    Args:
        recording: The bag that was replayed.
        store: It was recorded in.

    Raises:
        BagError: The bag cannot be read.
    """
    for observation in _observations(recording, store, (SCALE_SAMPLES,)):
        if isinstance(observation, ScaleSamples):
            yield observation


def read_shoppers(bag: Path, store: Store) -> Iterator[Shoppers]:
    """Who was where, by stamp.

    Args:
        bag: That a replay or a recorder wrote.
        store: It was recorded in.

    Raises:
        BagError: The bag cannot be read.
    """
    for observation in _observations(bag, store, (SHOPPERS,)):
        if isinstance(observation, Shoppers):
            yield observation


def read_passages(results: Path, store: Store) -> tuple[GateEvent, ...]:
    """Who went through the gates, bound to shoppers, by stamp.

    Args:
        results: The folder that a replay wrote.
        store: It was recorded in.

    Raises:
        BagError: The bag cannot be read.
    """
    return _of(GateEvent, _observations(results / BAG, store, (PASSAGES,)))


def _observations(bag: Path, store: Store, topics: Iterable[Topic]) -> Iterator[Observation]:
    """What a bag holds of some topics; what says something impossible is passed over, as the replay did."""
    decoder = Decoder()
    with BagReader(bag, store.id) as reader:
        for message in reader.messages({name for topic in topics for name in reader.names_of(topic)}):
            try:
                yield decoder.decode(message)
            except MessageError:
                continue


def _as_concluded_last(interactions: Iterable[Interaction]) -> tuple[Interaction, ...]:
    last = {interaction.event_id: interaction for interaction in interactions}
    return tuple(sorted(last.values(), key=lambda interaction: (interaction.begin, interaction.event_id)))


def _without_tentative(snapshot: Shoppers) -> Shoppers:
    people = tuple(shopper for shopper in snapshot.shoppers if shopper.state is not ShopperState.TENTATIVE)
    return replace(snapshot, shoppers=people)


def _of(kind: type[Kind], found: Iterable[Observation]) -> tuple[Kind, ...]:
    return tuple(observation for observation in found if isinstance(observation, kind))
