"""Every node may do what it does, and nothing else: the SROS2 policies beside the nodes themselves."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

import pytest

from storegraph.graph.nodes import NODES, Kind
from storegraph.graph.starting import NodeStart, Start, nodes_to_start

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "config" / "stores" / "corner.yaml"
SENSORS = ROOT / "config" / "sensors" / "corner.yaml"
POLICIES = sorted((ROOT / "config" / "sros2" / "corner").glob("*.policy.xml"))

CHILDREN = {
    "policy": {"enclaves"},
    "enclaves": {"enclave"},
    "enclave": {"profiles"},
    "profiles": {"profile"},
    "profile": {"topics", "services"},
    "topics": {"topic"},
    "services": {"service"},
    "topic": set(),
    "service": set(),
}
ATTRIBUTES = {
    "policy": {"version"},
    "enclave": {"path"},
    "profile": {"ns", "node"},
    "topics": {"publish", "subscribe"},
    "services": {"reply", "request"},
}
"""As sros2/policy/schemas/policy.xsd has them, version 0.2.0."""


@dataclass(frozen=True, slots=True)
class Used:
    """Absolute names of what a node publishes, subscribes to, offers and asks."""

    publish: frozenset[str]
    subscribe: frozenset[str]
    reply: frozenset[str]
    request: frozenset[str]


def test_the_policies_are_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate_policies.py"))["files"](STORE, SENSORS)
    there = {path.name: path.read_text(encoding="utf-8") for path in POLICIES}
    assert there == made, "python docs/generate_policies.py writes them"


def test_every_kind_of_node_has_a_policy() -> None:
    kinds = {node.spec.name for node in started() if (path_of(node.name)) in POLICIES}
    assert kinds == {spec.name for spec in NODES}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_keeps_to_the_schema_of_sros2(path: Path) -> None:
    policy = ElementTree.parse(path).getroot()
    assert (policy.tag, policy.get("version")) == ("policy", "0.2.0")
    for element in policy.iter():
        children = {child.tag for child in element}
        assert children <= CHILDREN[element.tag]
        assert bool(children) == bool(CHILDREN[element.tag])
        assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set())
        if element.tag in ("topics", "services"):
            assert set(element.attrib.values()) == {"ALLOW"}
        if element.tag in ("topic", "service"):
            assert element.text


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_an_enclave_is_named_after_its_node(path: Path) -> None:
    (enclave,) = ElementTree.parse(path).getroot().iter("enclave")
    (profile,) = enclave.iter("profile")
    assert enclave.get("path") == f"{profile.get('ns')}/{profile.get('node')}"
    assert path.name == f"{profile.get('node')}.policy.xml"


def started() -> tuple[NodeStart, ...]:
    """Every node that the shop may have."""
    return nodes_to_start(Start(STORE, parts=tuple(spec.name for spec in NODES), sensors_file=SENSORS))


def path_of(name: str) -> Path:
    return ROOT / "config" / "sros2" / "corner" / f"{name}.policy.xml"


def allowed(name: str) -> Used:
    """What the policy of a node has, in absolute names."""
    (profile,) = ElementTree.parse(path_of(name)).getroot().iter("profile")
    namespace = profile.get("ns")

    def names(action: str) -> frozenset[str]:
        rules = (rule for rules in profile if rules.get(action) for rule in rules)
        return frozenset(
            text if text.startswith("/") else f"{namespace}/{text.replace('~', name, 1)}"
            for text in (rule.text or "" for rule in rules)
        )

    return Used(names("publish"), names("subscribe"), names("reply"), names("request"))


@pytest.fixture(scope="module")
def ros() -> Iterator[None]:
    """ROS, up; and the passwords that the sensors file names."""
    rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
    pytest.importorskip("storegraph_msgs.srv", reason="needs the built messages; `make env` builds them")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CAMERA_PASSWORD", "secret")
        environment.setenv("GATE_PASSWORD", "secret")
        with rclpy.init(args=[]):
            yield


def used(node: NodeStart, folder: Path) -> Used:
    """What a node uses once it is configured, and active where that does not need its hardware."""
    from corner_nodes import running

    values = node.parameters | {"autostart": False, "use_sim_time": True}
    if node.spec.name == "ledger":  # it offers more where it keeps books
        values["books"] = str(folder / "books.sqlite")
    with running(node.instance, **values) as live:
        live.trigger_configure()
        if node.spec.kind is not Kind.SENSOR:
            live.trigger_activate()
        of_node = (live.get_name(), live.get_namespace())
        return Used(
            frozenset(name for name, _ in live.get_publisher_names_and_types_by_node(*of_node)),
            frozenset(name for name, _ in live.get_subscriber_names_and_types_by_node(*of_node)),
            frozenset(name for name, _ in live.get_service_names_and_types_by_node(*of_node)),
            frozenset(name for name, _ in live.get_client_names_and_types_by_node(*of_node)),
        )


@pytest.mark.parametrize("node", started(), ids=lambda node: node.name)
def test_a_node_may_do_what_it_does_and_nothing_else(node: NodeStart, ros: None, tmp_path: Path) -> None:
    if node.spec.name == "viz":
        pytest.importorskip("tf2_msgs.msg", reason="needs tf2_msgs; `make env` builds it")
    does, may = used(node, tmp_path), allowed(node.name)
    assert does.publish <= may.publish
    assert all(any(fnmatchcase(name, pattern) for pattern in may.subscribe) for name in does.subscribe)
    assert does.reply <= may.reply
    assert does.request <= may.request
    if node.spec.kind in (Kind.SENSOR, Kind.STAGE):  # what the others subscribe to depends on who looks
        assert does == may


def test_nobody_but_its_own_node_may_say_what_something_weighs_or_costs() -> None:
    givers = {
        topic: sorted(path.name.partition(".")[0] for path in POLICIES if topic in allowed(path.name[:-11]).publish)
        for topic in ("/corner/scales/G1/samples", "/corner/gate/events", "/corner/carts", "/corner/receipts")
    }
    assert list(givers.values()) == [["scales_dry_goods"], ["gate"], ["ledger"], ["ledger"]]
