"""What a bag says about its message types: their definitions and hashes, from the message packages installed here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from storegraph.share import shared


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of a message type.

    Attributes:
        message_type: Full name.
        text: In the `.msg` format, with the definitions of all types that it is made of, as rosbag2 joins them.
        type_hash: REP-2011.
    """

    message_type: str
    text: str
    type_hash: str


@cache
def definition_of(message_type: str) -> Definition:
    """The definition of a message type, by its full name.

    Raises:
        ShareError: It, or one that it is made of, is not installed.
    """
    types: dict[str, Any] = {}
    wanted = [message_type]
    while wanted:
        name = wanted.pop()
        if name not in types:
            package, _, short = name.split("/")
            text = shared(package, f"msg/{short}.msg").read_text(encoding="utf-8")
            types |= get_types_from_msg(text, name)
            wanted.extend(_named_in(field for _, field in types[name][1]))
    store = get_typestore(Stores.EMPTY)
    store.register(types)
    text, _ = store.generate_msgdef(message_type, ros_version=2)
    return Definition(message_type, text, store.hash_rihs01(message_type))


def _named_in(fields: Iterator[Any]) -> Iterator[str]:
    """The message types among the types of fields, also inside arrays."""
    for kind, inner in fields:
        if kind == Nodetype.NAME:
            yield inner
        elif kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            yield from _named_in(iter([inner[0]]))
