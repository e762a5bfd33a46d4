"""The message types of the graph, for reading and writing bags without a ROS installation.

The definitions are the `.msg` files that `storegraph_msgs` installs, so there is one source of truth for both worlds.
"""

from __future__ import annotations

from functools import cache

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from storegraph.share import shared

PACKAGE = "storegraph_msgs"


@cache
def interfaces() -> Typestore:
    """ROS 2 Kilted's types and those of `storegraph_msgs`.

    Raises:
        ShareError: The definitions are not installed.
    """
    store = get_typestore(Stores.ROS2_KILTED)
    types = {}
    for path in sorted(shared(PACKAGE, "msg").glob("*.msg")):
        types.update(get_types_from_msg(path.read_text(encoding="utf-8"), f"{PACKAGE}/msg/{path.stem}"))
    store.register(types)
    return store
