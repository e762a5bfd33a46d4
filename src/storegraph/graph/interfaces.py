"""The message types of the graph, for reading and writing bags without a ROS installation.

The definitions are the `.msg` files that the message packages install, so there is one source of truth for both worlds.
"""

from __future__ import annotations

from functools import cache

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from storegraph.share import shared

DEFINITIONS = ("builtin_interfaces/msg/Time.msg", "std_msgs/msg/Header.msg", "storegraph_msgs/msg/*.msg")
"""What the graph speaks; a store of all of ROS would take four times as long to make."""


@cache
def interfaces() -> Typestore:
    """The types of `storegraph_msgs`, and those they are made of.

    Raises:
        ShareError: The definitions are not installed.
    """
    store = get_typestore(Stores.EMPTY)
    types = {}
    for definition in DEFINITIONS:
        package, _, pattern = definition.partition("/")
        for path in sorted(shared(package, "msg").glob(pattern.removeprefix("msg/"))):
            types.update(get_types_from_msg(path.read_text(encoding="utf-8"), f"{package}/msg/{path.stem}"))
    store.register(types)
    return store
