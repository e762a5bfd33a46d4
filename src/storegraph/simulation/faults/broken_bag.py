"""A bag as it would be if its sensors had failed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace as with_other
from fnmatch import fnmatchcase
from pathlib import Path

from storegraph.graph.bag import BagMessage, BagReader, BagTopic, BagWriter
from storegraph.graph.decoding import Decoder
from storegraph.graph.definitions import definition_of
from storegraph.graph.encoding import encode
from storegraph.graph.messages import CONVERSIONS, MessageError
from storegraph.graph.topics import topic_of
from storegraph.observations import Observation
from storegraph.share import ShareError
from storegraph.units import NANOSECONDS

from ..stream import Recorded
from .breaking import broken
from .model import Fault

Progress = Callable[[int, int], None]
"""Told how far breaking has come and how far it goes, nanoseconds of the bag."""


class BrokenBag(BagReader):
    """Reads a bag with faults. Their times are seconds since the first message of the bag.

    Messages that the graph does not know, as pictures, can be lost, held up and brought twice; what they say stays.

    Args:
        path: As of `BagReader`.
        namespace: As of `BagReader`.
        faults: In the order in which they are applied.
        seed: Of what they leave to chance.
    """

    def __init__(self, path: Path, namespace: str = "", *, faults: Sequence[Fault], seed: int) -> None:
        super().__init__(path, namespace)
        self._faults = faults
        self._seed = seed

    @property
    def span(self) -> tuple[int, int]:
        """First and last recording time, nanoseconds since the Unix epoch; the last message may be held up until then.

        Both are equal where there are no messages.
        """
        first, last = super().span
        longest = sum(fault.seconds for fault in self._faults if fault.kind != "skew")
        return first, last + round(longest * NANOSECONDS) if last > first else last

    def messages(self, names: Collection[str], start: int = 0) -> Iterator[BagMessage]:
        """The messages of some topics in the order in which they are heard; arguments and errors as of `BagReader`."""
        decoder = Decoder()
        heard = (self._recorded(message, decoder) for message in super().messages(names, start))
        for recorded in broken(heard, self._faults, self._seed, self.span[0]):
            yield _message(recorded)

    def _recorded(self, message: BagMessage, decoder: Decoder) -> Recorded:
        observation: Observation = Unread(message.log_time, message)
        struck = any(fnmatchcase(message.topic, fault.stream) for fault in self._faults)
        if struck and topic_of(message.topic) is not None:
            with suppress(MessageError):  # it stays what it is; whoever takes it refuses it
                observation = decoder.decode(message)
        return Recorded(message.log_time, message.topic, observation)


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that no fault changes.

    Attributes:
        stamp: Nanoseconds since the Unix epoch; when it was recorded stands in for when it was measured.
        message: As it lies in the bag.
    """

    stamp: int
    message: BagMessage

    @property
    def key(self) -> str:
        """Of no use: it is not told to any stage."""
        return ""


def _message(recorded: Recorded) -> BagMessage:
    if isinstance(recorded.observation, Unread):
        return with_other(recorded.observation.message, log_time=recorded.log_time)
    message_type = CONVERSIONS[type(recorded.observation)].message_type
    return BagMessage(recorded.topic, recorded.log_time, message_type, encode(recorded.observation))


def break_bag(
    bag: Path,
    namespace: str,
    faults: Sequence[Fault],
    seed: int,
    out: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Copies a bag as it would be if its sensors had failed, whole or not at all.

    Args:
        bag: To read.
        namespace: The store's.
        faults: In the order in which they are applied; their times are seconds since the first message.
        seed: Of what they leave to chance.
        out: The bag to make.
        replace: Whether `out` may be replaced.
        progress: Told how far it has come.

    Returns:
        Full names of the topics that are left out: those of other namespaces, and of types that are not installed here
        as the bag has them.

    Raises:
        BagError: The bag cannot be read.
        OutputError: `out` exists and `replace` is false, or it cannot be written.
    """
    with (
        BrokenBag(bag, namespace, faults=faults, seed=seed) as reader,
        BagWriter(out, namespace, replace=replace, durable=False) as writer,
    ):
        names = {name: topic for topic in reader.topics if (name := reader.relative(topic.name)) and _installed(topic)}
        begin, end = reader.span
        for message in reader.messages(names):
            writer.write_message(message)
            if progress is not None:
                progress(message.log_time - begin, end - begin + 1)
        return tuple(topic.name for topic in reader.topics if topic not in names.values())


def _installed(topic: BagTopic) -> bool:
    try:
        return topic.type_hash in ("", definition_of(topic.message_type).type_hash)
    except ShareError:
        return False
