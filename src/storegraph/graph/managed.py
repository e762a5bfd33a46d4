"""What all nodes of a store have in common: their parameters, their lifecycle, and what they tell on /diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from traceback import format_exc
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter as RosParameter

from storegraph import __version__
from storegraph.errors import StoregraphError
from storegraph.store.file import load_store
from storegraph.store.model import Store

from .diagnostics import Level, Status
from .nodes import NodeSpec, settings_of
from .parameters import NodeSettings, Parameter, ParameterError, Settings, Value, named, parameters_of, settings_from

DIAGNOSTICS_PERIOD = 1.0
"""Seconds (REP-107)."""

OWN_TO_ROS = ("use_sim_time", "start_type_description_service", "qos_overrides")
"""Parameters, or their prefixes, that rclpy declares for every node."""


class ManagedNode(LifecycleNode):
    """A managed node. Another kind of node says what happens in `set_up`, `join` and `leave`.

    Configuring checks the parameters, reads the store file and sets up; activating joins the topics. Whatever is wrong
    leaves the node unconfigured, with the reason in its log and on /diagnostics; the other nodes do not mind.

    Args:
        spec: Which node.
        name: Of the node; that of its specification without one.
        options: Those of `rclpy.lifecycle.LifecycleNode`.
    """

    version = __version__
    """Of Storegraph, for those who are told it."""

    def __init__(self, spec: NodeSpec, name: str = "", **options: Any) -> None:
        super().__init__(name or spec.name, automatically_declare_parameters_from_overrides=True, **options)
        self.spec = spec
        self._declared = {parameter.name: parameter for parameter in parameters_of(*settings_of(spec))}
        self._is_active = False
        self._problem = "not configured yet"
        self._wrong = self._declare()
        self.add_on_set_parameters_callback(self._check)
        self.add_post_set_parameters_callback(self._take_over)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # Of a clock that goes on when a simulated one stands still.
        self._timer = self.create_timer(
            DIAGNOSTICS_PERIOD, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )
        autostart = self.settings(NodeSettings).autostart
        if autostart and self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def set_up(self, store: Store, settings: Any) -> None:
        """Gets ready, to be able to join.

        Args:
            store: From the store file.
            settings: Of the kind that the node's specification names.

        Raises:
            StoregraphError: It cannot; the node stays unconfigured.
        """

    def join(self) -> None:
        """Begins to work: subscriptions, timers, threads."""

    def leave(self) -> None:
        """Ends what `join` has begun."""

    def clean_up(self) -> None:
        """Lets go of what `set_up` has made."""

    def changed(self, settings: Any) -> None:
        """Takes over settings that were changed while the node is active."""

    def statuses(self) -> Iterator[Status]:
        """What to tell on /diagnostics; asked once a second while active."""
        yield from ()

    def settings(self, kind: type[Settings]) -> Settings:
        """The settings of a class, as the parameters say now."""
        return settings_from(kind, self._values())

    @property
    def now(self) -> int:
        """The node's time, nanoseconds: that of /clock where `use_sim_time` says so."""
        return int(self.get_clock().now().nanoseconds)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Checks the parameters, reads the store file, sets up."""
        try:
            if self._wrong:
                raise ParameterError("; ".join(self._wrong.values()))
            store = self.settings(NodeSettings).store
            if not store:
                raise ParameterError("parameter store is not set; it names the store file")
            self.set_up(load_store(Path(store)), self.settings(self.spec.settings))
        except StoregraphError as error:
            self._problem = str(error)
            self.get_logger().error(str(error))
            return TransitionCallbackReturn.FAILURE
        except Exception:  # rclpy would swallow it
            self._problem = format_exc(limit=-1)
            self.get_logger().fatal(format_exc())
            raise
        self._problem = "not active"
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begins to work."""
        activated = super().on_activate(state)
        self._is_active = True
        self.join()
        self.get_logger().info(f"active: {self.spec.summary}")
        return activated

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends the work."""
        self.leave()
        self._is_active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Lets go of everything, so that it can be configured anew."""
        self.clean_up()
        self._problem = "not configured yet"
        return super().on_cleanup(state)

    def destroy_node(self) -> None:
        """Ends the work, if it has not been ended."""
        if self._is_active:
            self._is_active = False
            self.leave()
        super().destroy_node()

    def _declare(self) -> dict[str, str]:
        """Declares the parameters with the values given from outside; what is wrong with those, by name."""
        wrong = {}
        given = {name: each.value for name, each in self.get_parameters_by_prefix("").items()}
        for name in given:
            if not name.startswith(OWN_TO_ROS):
                self.undeclare_parameter(name)
                try:
                    named(self._declared.values(), name)
                except ParameterError as error:
                    wrong[name] = str(error)
        for name, parameter in self._declared.items():
            value = parameter.default
            if name in given:
                try:
                    value = parameter.checked(given[name])
                except ParameterError as error:
                    wrong[name] = str(error)
            self.declare_parameter(name, value, _descriptor(parameter), ignore_override=True)
        return wrong

    def _values(self) -> dict[str, Value]:
        return {name: self.get_parameter(name).value for name in self._declared}

    def _check(self, changes: list[RosParameter[Any]]) -> SetParametersResult:
        """What decides about money is fixed while the node is active."""
        for change in changes:
            parameter = self._declared.get(change.name)
            if parameter is None:
                continue
            if self._is_active and not parameter.live:
                reason = f"parameter {change.name} is fixed while the node is active; deactivate and clean it up first"
                return SetParametersResult(successful=False, reason=reason)
            try:
                parameter.checked(change.value)
            except ParameterError as error:
                return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _take_over(self, changes: list[RosParameter[Any]]) -> None:
        for change in changes:
            self._wrong.pop(change.name, None)
        if self._is_active:
            self.changed(self.settings(self.spec.settings))

    def _diagnose(self) -> None:
        if self._is_active:
            statuses = list(self.statuses()) or [Status(Level.OK, "state", "active")]
        else:
            statuses = [Status(Level.ERROR, "state", self._problem)]
        array = DiagnosticArray(status=[self._message(status) for status in statuses])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)

    def _message(self, status: Status) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=bytes([status.level]),
            name=f"{self.get_fully_qualified_name()}: {status.name}",
            message=status.message,
            hardware_id=self.get_name(),
            values=[KeyValue(key=key, value=str(value)) for key, value in status.values.items()],
        )


def _descriptor(parameter: Parameter) -> ParameterDescriptor:
    text = f"{parameter.text} [{parameter.unit}]" if parameter.unit else parameter.text
    descriptor = ParameterDescriptor(description=text)
    if parameter.least is not None and parameter.most is not None:
        if parameter.kind == "double":
            descriptor.floating_point_range = [FloatingPointRange(from_value=parameter.least, to_value=parameter.most)]
        else:
            bounds = IntegerRange(from_value=int(parameter.least), to_value=int(parameter.most), step=1)
            descriptor.integer_range = [bounds]
    return descriptor
