"""Writes docs/topics.md from the interfaces, the list of topics and the list of nodes.

python docs/generate_topics.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from storegraph.graph.merge import Punctuality
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.nodes import COMPUTED, NODES, NodeSpec
from storegraph.graph.topics import TOPICS, Delivery, Topic

ROOT = Path(__file__).resolve().parents[1]
INTERFACES = ROOT / "storegraph_msgs"
PAGE = ROOT / "docs" / "topics.md"

NAMED_TOPIC = re.compile(r"Topic: (?P<topic>\S+)\.(?:\s+|$)")
ENTRY = re.compile(r"(?P<type>[A-Za-z]\S*)\s+(?P<name>\w+)(?:=(?P<value>\S+))?\s*(?:#\s*(?P<comment>.*))?")

HEAD = """# Topics, messages and services

Made by `python docs/generate_topics.py` from `storegraph_msgs/`, `src/storegraph/graph/topics.py` and
`src/storegraph/graph/nodes.py`; do not edit. Names are relative to the store's namespace, which is the store's `id`:
in the store `corner` the topic `shoppers` is `/corner/shoppers`. In a topic's name a dot of an id is an underscore.
Stamps are times of measurement, never of sending."""


OTHERS = (
    ("`cameras/<camera>/image/compressed`", "`sensor_msgs/CompressedImage`", "`PICTURE`", "camera"),
    ("`cameras/<camera>/image`", "`sensor_msgs/Image`", "`PICTURE`", "camera, while somebody takes it"),
    ("`cameras/<camera>/camera_info`", "`sensor_msgs/CameraInfo`", "`PICTURE`", "camera"),
    ("`cameras/<camera>/overlay/compressed`", "`sensor_msgs/CompressedImage`", "`PICTURE`", "overlay"),
    ("`markers/store`", "`visualization_msgs/MarkerArray`", "reliable, transient local, keep last 1", "viz"),
    ("`markers/live`", "`visualization_msgs/MarkerArray`", "reliable, volatile, keep last 10", "viz"),
    ("`/tf_static`", "`tf2_msgs/TFMessage`", "reliable, transient local, keep last 1", "viz"),
    ("`/diagnostics`", "`diagnostic_msgs/DiagnosticArray`", "reliable, volatile, keep last 10", "all nodes"),
    ("`/clock`", "`rosgraph_msgs/Clock`", "reliable, volatile, keep last 10", "`storegraph play`"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of an interface, or a constant of it.

    Attributes:
        type: As in the definition.
        name: As in the definition.
        value: Of a constant; empty for a field.
        comment: What it means.
    """

    type: str
    name: str
    value: str
    comment: str


def entries(definition: str) -> Iterator[Entry]:
    """The constants and fields of a definition, or of one half of a service, in order."""
    for line in definition.splitlines():
        if match := ENTRY.fullmatch(line):
            yield Entry(match["type"], match["name"], match["value"] or "", match["comment"] or "")


def summary(definition: str) -> str:
    """The comment that a definition begins with, without the topic."""
    lines = []
    for line in definition.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    text = " ".join(lines)
    return _plain(NAMED_TOPIC.sub("", text))


def _plain(comment: str) -> str:
    """A comment as Markdown that shows it as it is."""
    return comment.strip().replace("<", "&lt;")


def page() -> str:
    """The whole page."""
    messages = sorted(INTERFACES.glob("msg/*.msg"))
    services = sorted(INTERFACES.glob("srv/*.srv"))
    sections = [
        HEAD,
        "## Topics",
        _table(("topic", "message", "quality of service", "given by", "taken by"), map(_topic_row, TOPICS)),
        "Beside every topic that a node gives, `<topic>/watermark` says how far it has come "
        "([`Watermark`](#watermark)); but not beside `verdicts`, which come from people.",
        "## Topics of other packages",
        "Of the cameras, for viewers, and for operators.",
        _table(("topic", "message", "quality of service", "given by"), iter(OTHERS)),
        "## Quality of service",
        "By kind of data ([REP-2003](https://ros.org/reps/rep-2003.html)). Bags are written with these profiles.",
        _table(("name", "profile"), ((f"`{delivery.name}`", str(delivery.value)) for delivery in Delivery)),
        "## Nodes",
        "In the order in which observations flow. How an input's punctuality decides what is waited for is told in "
        "[concepts.md](concepts.md#event-time).",
        _table(("node", "what it does", "takes (punctuality)", "gives"), map(_node_row, NODES)),
        "## Messages",
        *(part for path in messages for part in _message(path.stem, path.read_text(encoding="utf-8"))),
        "## Services",
        "Of the ledger's node: `ledger/get_cart` and `ledger/get_receipt`.",
        *(part for path in services for part in _service(path.stem, path.read_text(encoding="utf-8"))),
    ]
    return "\n\n".join(sections) + "\n"


def _topic_row(topic: Topic) -> tuple[str, ...]:
    message = CONVERSIONS[topic.carries].message_type.rpartition("/")[2]
    return _name(topic), _link(message), f"`{topic.delivery.name}`", _nodes(topic, _outputs), _nodes(topic, _inputs)


def _readable(topic: Topic) -> str:
    return topic.name.replace("{}", "<camera>" if topic.name.startswith("cameras/") else "<fixture>")


def _name(topic: Topic) -> str:
    return f"`{_readable(topic)}`"


def _nodes(topic: Topic, topics_of: Callable[[NodeSpec], tuple[Topic, ...]]) -> str:
    return ", ".join(node.name for node in NODES if topic in topics_of(node)) or "-"


def _inputs(node: NodeSpec) -> tuple[Topic, ...]:
    return tuple(topic for topic, _ in node.inputs)


def _outputs(node: NodeSpec) -> tuple[Topic, ...]:
    return node.outputs + node.tells


def _node_row(node: NodeSpec) -> tuple[str, ...]:
    takes = ", ".join(f"{_name(topic)} ({_punctuality(topic, each)})" for topic, each in node.inputs)
    return f"`{node.name}`", node.summary, takes, ", ".join(map(_name, _outputs(node)))


def _punctuality(topic: Topic, punctuality: Punctuality) -> str:
    announced = topic in COMPUTED and punctuality is Punctuality.SPARSE
    return ("announced, or from a bag " if announced else "") + punctuality.name.lower()


def _message(name: str, definition: str) -> Iterator[str]:
    yield f"### {name}"
    yield summary(definition)
    yield _entries(definition)


def _service(name: str, definition: str) -> Iterator[str]:
    request, response = definition.split("\n---\n")
    yield f"### {name}"
    yield summary(request)
    yield "Request:"
    yield _entries(request)
    yield "Response:"
    yield _entries(response)


def _entries(definition: str) -> str:
    rows = (
        (f"`{each.name}{' = ' + each.value if each.value else ''}`", _type(each.type), _plain(each.comment))
        for each in entries(definition)
    )
    return _table(("field or constant", "type", "meaning [unit]"), rows)


def _type(name: str) -> str:
    """A field's type; ours as a link to its own section."""
    package, _, own = name.rpartition("/")
    return _link(own.removesuffix("[]"), own) if package == "storegraph_msgs" else f"`{name}`"


def _link(section: str, text: str = "") -> str:
    return f"[`{text or section}`](#{section.lower()})"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
