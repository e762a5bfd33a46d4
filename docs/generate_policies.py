"""Writes what each node of a store may do with which topics and services, as SROS2 policies.

python docs/generate_policies.py [STORE SENSORS FOLDER]

An allowed list for every node: its own topics by name, and nothing else. Written by default for the corner shop, to
config/sros2/corner. The format is that of sros2 (policy version 0.2.0, sros2/policy/schemas/policy.xsd).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from storegraph.graph.messages.pictures import CAMERA_INFO, COMPRESSED_IMAGE, IMAGE
from storegraph.graph.nodes import NODES
from storegraph.graph.operator import topic_names
from storegraph.graph.starting import NodeStart, Start, namespace_of, nodes_to_start
from storegraph.graph.topics import (
    CARTS,
    INTERACTIONS,
    KEYPOINTS,
    PASSAGES,
    SCALE_FAULTS,
    SCALE_SAMPLES,
    SHOPPERS,
    WEIGHT_EVENTS,
    Topic,
)
from storegraph.graph.watermarks import watermark_name
from storegraph.sensors.file import Sensors, load_sensors
from storegraph.sensors.scales.driver import fixtures_of
from storegraph.store.file import load_store
from storegraph.store.model import Store
from storegraph.viz.markers import LIVE_MARKERS, STORE_MARKERS
from storegraph.viz.overlay.model import OVERLAY

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "config"
POLICY_VERSION = "0.2.0"


@dataclass(frozen=True, slots=True)
class Access:
    """What a node needs. Names are absolute, relative to the namespace, or (with ~) to the node.

    Attributes:
        publish: Topics; `{}` stands for a camera.
        subscribe: Topics, the same.
        reply: Services that it offers.
        request: Services that it asks.
    """

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    reply: tuple[str, ...] = ()
    request: tuple[str, ...] = ()

    def __add__(self, other: Access) -> Access:
        return Access(
            self.publish + other.publish,
            self.subscribe + other.subscribe,
            self.reply + other.reply,
            self.request + other.request,
        )


EVERY_NODE = Access(
    publish=("/diagnostics", "/parameter_events", "/rosout", "~/transition_event"),
    subscribe=("/clock",),  # where use_sim_time is set
    reply=(
        "~/change_state",
        "~/describe_parameters",
        "~/get_available_states",
        "~/get_available_transitions",
        "~/get_parameter_types",
        "~/get_parameters",
        "~/get_state",
        "~/get_transition_graph",
        "~/get_type_description",
        "~/list_parameters",
        "~/set_parameters",
        "~/set_parameters_atomically",
    ),
)
"""As rclpy's lifecycle nodes have it, and /diagnostics."""

BESIDE = {
    "camera": Access(publish=(IMAGE, COMPRESSED_IMAGE, CAMERA_INFO)),
    "vision": Access(subscribe=(IMAGE, COMPRESSED_IMAGE)),
    "gate": Access(request=("ledger/ask_entry",)),
    "ledger": Access(
        reply=(
            "~/approve_age",
            "~/ask_entry",
            "~/get_cart",
            "~/get_receipt",
            "~/give_address",
            "~/refund",
            "~/resolve_review",
            "~/set_opening",
        )
    ),
    "viz": Access(
        publish=(STORE_MARKERS, LIVE_MARKERS, "/tf_static"),
        subscribe=(
            *(each.name for each in (SHOPPERS, WEIGHT_EVENTS, SCALE_FAULTS, INTERACTIONS, CARTS, PASSAGES)),
            "/diagnostics",
        ),
    ),
    "overlay": Access(publish=(OVERLAY,), subscribe=(COMPRESSED_IMAGE, KEYPOINTS.name)),
    # What viewers may want; DDS Security matches names as fnmatch does.
    "bridge": Access(subscribe=("*", "/diagnostics", "/rosout", "/tf", "/tf_static")),
}
"""What nodes use beside the topics that the list of nodes has for them."""


def policies(store: Store, sensors: Sensors, start: Start) -> dict[str, ElementTree.Element]:
    """The policy of each node that a store may have, by the name of the node."""
    namespace = namespace_of(store, start.namespace)
    return {node.name: _policy(namespace, node.name, access(node, store, sensors)) for node in nodes_to_start(start)}


def access(node: NodeStart, store: Store, sensors: Sensors) -> Access:
    """What one node needs."""
    inputs = [name for topic, _ in node.spec.inputs for name in topic_names(topic, store)]
    outputs = [name for topic in node.spec.outputs for name in _given(topic, node, store, sensors)]
    told = [name for topic in node.spec.tells for name in topic_names(topic, store)]
    computed = Access(publish=(*_promised(outputs), *told), subscribe=tuple(_promised(inputs)))
    beside = BESIDE.get(node.spec.name, Access())
    cameras = [node.device] if node.spec.name == "camera" else [camera.id for camera in store.cameras]
    topics = Access(tuple(_each(beside.publish, cameras)), tuple(_each(beside.subscribe, cameras)))
    return EVERY_NODE + computed + topics + Access(reply=beside.reply, request=beside.request)


def _given(topic: Topic, node: NodeStart, store: Store, sensors: Sensors) -> Iterable[str]:
    """The names that a node gives of a topic: of scale samples only those of its own device."""
    if topic is not SCALE_SAMPLES:
        return topic_names(topic, store)
    (device,) = (each for each in sensors.scales if each.name == node.device)
    return (SCALE_SAMPLES.of(fixture) for fixture in fixtures_of(device, store))


def _promised(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (name, watermark_name(name))


def _each(names: Iterable[str], cameras: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from dict.fromkeys(name.format(camera.replace(".", "_")) for camera in cameras or [""])


def _policy(namespace: str, node: str, needed: Access) -> ElementTree.Element:
    policy = ElementTree.Element("policy", version=POLICY_VERSION)
    enclave = ElementTree.SubElement(ElementTree.SubElement(policy, "enclaves"), "enclave", path=f"/{namespace}/{node}")
    profile = ElementTree.SubElement(
        ElementTree.SubElement(enclave, "profiles"), "profile", ns=f"/{namespace}", node=node
    )
    _rules(profile, "topic", "publish", needed.publish)
    _rules(profile, "topic", "subscribe", needed.subscribe)
    _rules(profile, "service", "reply", needed.reply)
    if needed.request:
        _rules(profile, "service", "request", needed.request)
    return policy


def _rules(profile: ElementTree.Element, kind: str, action: str, names: Iterable[str]) -> None:
    rules = ElementTree.SubElement(profile, f"{kind}s", {action: "ALLOW"})
    for name in sorted(set(names)):
        ElementTree.SubElement(rules, kind).text = name


def text(policy: ElementTree.Element) -> str:
    """A policy as the text of its file."""
    ElementTree.indent(policy)
    head = "<!-- Made by docs/generate_policies.py; do not edit. -->"
    return f"<?xml version='1.0' encoding='utf-8'?>\n{head}\n{ElementTree.tostring(policy, encoding='unicode')}\n"


def files(store_file: Path, sensors_file: Path) -> dict[str, str]:
    """The names and texts of all files for a store."""
    store = load_store(store_file)
    start = Start(store_file, parts=tuple(node.name for node in NODES), sensors_file=sensors_file)
    made = policies(store, load_sensors(sensors_file, store), start)
    return {f"{name}.policy.xml": text(policy) for name, policy in made.items()}


def main(arguments: list[str]) -> None:
    """Writes the files; those of nodes that are no more are removed."""
    corner = [CONFIG / "stores" / "corner.yaml", CONFIG / "sensors" / "corner.yaml", CONFIG / "sros2" / "corner"]
    store_file, sensors_file, folder = map(Path, arguments or corner)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.policy.xml"):
        old.unlink()
    for name, content in files(store_file, sensors_file).items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
