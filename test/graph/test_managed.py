"""A managed node promises: what is wrong is said and leaves it unconfigured; what decides about money is fixed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
messages = pytest.importorskip("storegraph_msgs.msg", reason="needs the built messages; `make env` builds them")
if not hasattr(messages, "ScaleSamples"):  # the definitions' own folder, as seen from the checkout
    pytest.skip("needs the built messages; `make env` builds them", allow_module_level=True)

from corner_nodes import running  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from spinning import spinning  # noqa: E402
from waiting import wait_until  # noqa: E402

from storegraph.graph.node import StageNode  # noqa: E402
from storegraph.graph.qos import profile_of  # noqa: E402
from storegraph.graph.topics import Delivery  # noqa: E402

pytestmark = pytest.mark.usefixtures("ros")

ACTIVE, UNCONFIGURED = "active", "unconfigured"


def state(node: StageNode) -> str:
    return str(node._state_machine.current_state[1])


def ledger(**parameters: object) -> AbstractContextManager[StageNode]:
    return running("ledger", **parameters)


def diagnosis(node: StageNode, name: str) -> DiagnosticStatus:
    """What a node says of one side of itself on /diagnostics."""
    heard: dict[str, DiagnosticStatus] = {}
    listener = rclpy.create_node("listener")
    listener.create_subscription(
        DiagnosticArray, "/diagnostics", lambda array: heard.update({s.name: s for s in array.status}), 10
    )
    with spinning(node, listener):
        wait_until(lambda: f"/corner/ledger: {name}" in heard)
    listener.destroy_node()
    return heard[f"/corner/ledger: {name}"]


def changed(node: StageNode, name: str, value: object) -> Any:
    (result,) = node.set_parameters([Parameter(name, value=value)])
    return result


def test_a_node_activates_itself_unless_it_is_told_to_wait() -> None:
    with ledger() as node:
        assert state(node) == ACTIVE
    with ledger(autostart=False) as node:
        assert state(node) == UNCONFIGURED


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"store": ""}, "parameter store is not set"),
        ({"store": "/nowhere.yaml"}, "/nowhere.yaml"),
        ({"sured": 0.5}, "no parameter is called sured (did you mean sure?)"),
        ({"sure": 2.0}, "parameter sure: 2.0 is not within 0 to 1"),
        ({"sure": "much"}, "parameter sure: 'much' is not a double"),
        ({"journal": "/proc/nothing"}, "cannot be used as a journal"),
    ],
)
def test_what_is_wrong_leaves_a_node_unconfigured_and_is_told(parameters: dict[str, object], told: str) -> None:
    with ledger(**parameters) as node:
        assert state(node) == UNCONFIGURED
        status = diagnosis(node, "state")
        assert told in status.message
        assert status.level == DiagnosticStatus.ERROR


def test_a_whole_number_does_for_a_double() -> None:
    with ledger(settle_after=7) as node:
        assert state(node) == ACTIVE
        assert node.get_parameter("settle_after").value == 7.0


def test_what_decides_about_money_is_fixed_while_a_node_is_active() -> None:
    with ledger() as node:
        assert not changed(node, "sure", 0.5).successful
        assert "fixed while the node is active" in changed(node, "sure", 0.5).reason
        assert changed(node, "silent_warning", 9.0).successful
        assert not changed(node, "silent_warning", -1.0).successful
        node.trigger_deactivate()
        assert changed(node, "sure", 0.5).successful


def test_a_parameter_that_was_wrong_can_be_put_right() -> None:
    with ledger(sure=2.0) as node:
        assert state(node) == UNCONFIGURED
        assert changed(node, "sure", 0.8).successful
        node.trigger_configure()
        node.trigger_activate()
        assert state(node) == ACTIVE


def test_a_node_goes_through_its_whole_life_twice() -> None:
    with ledger() as node:
        node.trigger_deactivate()
        node.trigger_cleanup()
        assert state(node) == UNCONFIGURED
        node.trigger_configure()
        node.trigger_activate()
        assert state(node) == ACTIVE
        assert node.count_subscribers("/corner/interactions") == 1


def test_a_parameter_says_what_it_is_and_what_it_may_be() -> None:
    with ledger() as node:
        described = node.describe_parameter("settle_after")
        assert "From leaving to the receipt" in described.description
        assert described.description.endswith("[s]")
        assert (described.floating_point_range[0].from_value, described.floating_point_range[0].to_value) == (0.0, 3600)


def test_the_quality_of_service_of_a_topic_can_be_overridden() -> None:
    with ledger(**{"qos_overrides./corner/receipts.publisher.depth": 7}) as node:
        assert state(node) == ACTIVE
        (end,) = node.get_publishers_info_by_topic("/corner/receipts")
        assert node.get_parameter("qos_overrides./corner/receipts.publisher.depth").value == 7
        assert end.qos_profile.depth in (0, 7)  # 0: this middleware does not tell


def test_what_is_overridden_at_one_node_changes_nothing_at_another_of_the_same_process() -> None:
    before = profile_of(Delivery.EVENT).depth
    with ledger(**{"qos_overrides./corner/receipts.publisher.depth": 7}):
        assert profile_of(Delivery.EVENT).depth == before


def test_an_active_node_tells_how_its_inputs_are() -> None:
    with ledger() as node:
        assert diagnosis(node, "inputs").message == "all messages used"
