"""What is settled before the nodes are started, by `storegraph up` and by the launch files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from storegraph.errors import StoregraphError
from storegraph.sensors.file import load_sensors
from storegraph.share import shared
from storegraph.store.file import load_store
from storegraph.store.model import Store

from .nodes import NODES, STAGE_NODES, Kind, NodeSpec, Started, settings_of
from .parameters import Parameter, ParameterError, Value, named, parameters_of, settings_from

DDS_PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
"""The variable that names Fast DDS its profile; what the user has put there stays."""

LOG_LEVELS = ("debug", "info", "warn", "error", "fatal")
"""As rcutils names them."""

NAMESPACE = re.compile(r"/?[A-Za-z_]\w*(/[A-Za-z_]\w*)*", re.ASCII)
"""As `rmw_validate_namespace` has it."""

DEVICE = ":"
"""Between a node's name and that of its device."""

USE_SIM_TIME = Parameter("use_sim_time", False, "Take the time from /clock.")
"""Of every node, by rclpy itself."""


class StartError(StoregraphError):
    """The nodes cannot be started as asked."""


@dataclass(frozen=True, slots=True)
class Start:
    """What to start.

    Attributes:
        store_file: The store.
        namespace: Of the nodes; empty: the store's id.
        parts: Names of nodes; empty: all that the store needs.
        sensors_file: What hardware stands behind the ids of the store; None: nothing is read from hardware.
        journal: Folder for the nodes' journals; None: a node that is started again has forgotten what it knew.
        params_file: A ROS parameter file; None: defaults.
        settings: Values for all nodes that have these parameters, as text; before those of the file.
    """

    store_file: Path
    namespace: str = ""
    parts: tuple[str, ...] = ()
    sensors_file: Path | None = None
    journal: Path | None = None
    params_file: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeStart:
    """One node to start.

    Attributes:
        spec: Which.
        device: That it reads; empty where it reads none, or all of its kind.
        parameters: By name, in their types. One that the node does not know is the node's to refuse.
    """

    spec: NodeSpec
    device: str
    parameters: dict[str, Value]

    @property
    def instance(self) -> str:
        """What `store_container` calls it: `camera:south_west`."""
        return f"{self.spec.name}{DEVICE}{self.device}" if self.device else self.spec.name

    @property
    def name(self) -> str:
        """Its name in ROS: `camera_south_west`."""
        return instance_name(self.instance)


def instance_name(instance: str) -> str:
    """The name of a node in ROS: `camera_south_west` for `camera:south_west`."""
    return instance.replace(DEVICE, "_").replace(".", "_")


def nodes_to_start(start: Start) -> tuple[NodeStart, ...]:
    """The nodes of a store, in the order of the graph, with their parameters.

    Raises:
        StartError: A name or a value is not one that there is.
        StoregraphError: A file cannot be used.
    """
    store = load_store(start.store_file)
    namespace = namespace_of(store, start.namespace)
    sections = _sections(start.params_file) if start.params_file else {}
    given = _given(start.settings)
    nodes = []
    for node in _instances(start, store):
        spec, values = node.spec, node.parameters
        known = {parameter.name: parameter for parameter in (*parameters_of(*settings_of(spec)), USE_SIM_TIME)}
        values["store"] = str(start.store_file.resolve())
        if start.journal and "journal" in known:
            values["journal"] = str(start.journal.resolve())
        if start.sensors_file and spec.kind is Kind.SENSOR:
            values |= {"sensors": str(start.sensors_file.resolve()), "device": node.device}
        for name in dict.fromkeys((spec.name, node.name)):  # what is said of a kind, then what is said of a device
            for pattern, section in sections.items():
                if _matches(pattern, f"/{namespace}/{name}"):
                    values |= {key: value for key, value in section.items() if key in known or pattern != "/**"}
        values |= {key: value for key, value in given.items() if key in known}
        if spec.started is not Started.WHEN_SET or spec.name in start.parts or values.get(spec.name):
            nodes.append(node)
    return tuple(nodes)


def stage_settings(start: Start) -> dict[str, object]:
    """What the stages are set to in a replay, by the names of their nodes.

    Raises:
        StartError: A name or a value is not one that there is.
        StoregraphError: A file cannot be used.
    """
    settings: dict[str, object] = {}
    for node in nodes_to_start(replace(start, parts=tuple(spec.name for spec in STAGE_NODES))):
        known = (*parameters_of(*settings_of(node.spec)), USE_SIM_TIME)
        try:
            values = {name: named(known, name).checked(value) for name, value in node.parameters.items()}
        except ParameterError as error:
            raise StartError(f"{node.name}: {error}") from error
        settings[node.spec.name] = settings_from(node.spec.settings, values)
    return settings


def write_parameters(nodes: Sequence[NodeStart], path: Path) -> Path:
    """Writes the parameters of nodes as a ROS parameter file; gives its path."""
    sections = {f"/**/{node.name}": {"ros__parameters": node.parameters} for node in nodes}
    path.write_text(yaml.safe_dump(sections, sort_keys=False), encoding="utf-8")
    return path


def rviz_layout(namespace: str) -> str:
    """The shipped layout for RViz, which keeps absolute topics, for the topics of a namespace."""
    layout = shared("storegraph", "rviz/store.rviz").read_text(encoding="utf-8")
    return layout.replace("/corner/", f"/{namespace}/")


def chosen_nodes(parts: Sequence[str]) -> tuple[NodeSpec, ...]:
    """The nodes of these names, in the order of the graph; all of them for no name.

    Raises:
        StartError: There is no such node.
    """
    names = [node.name for node in NODES]
    if unknown := sorted(set(parts) - set(names)):
        raise StartError(f"no node is called {', '.join(unknown)}; there are {', '.join(names)}")
    return tuple(node for node in NODES if node.name in parts or not parts)


def namespace_of(store: Store, namespace: str | None) -> str:
    """The namespace of a store's nodes, without the leading slash: the one asked for, otherwise the store's id.

    Raises:
        StartError: ROS does not allow it.
    """
    name = namespace or store.id
    if not NAMESPACE.fullmatch(name):
        raise StartError(f"{name!r} cannot be a ROS namespace: words of letters, digits and _, joined by /")
    return name.removeprefix("/")


def _instances(start: Start, store: Store) -> Iterator[NodeStart]:
    """The nodes, one for each device where they read one."""
    sensors = load_sensors(start.sensors_file, store) if start.sensors_file else None
    devices = sensors.names if sensors else {}
    for spec in chosen_nodes(start.parts):
        if spec.kind is Kind.SENSOR and not devices.get(spec.name):
            if spec.name in start.parts:
                file = start.sensors_file or "no sensors file is given; it"
                raise StartError(f"node {spec.name}: {file} names no devices for it")
        elif spec.started is Started.PER_DEVICE:
            yield from (NodeStart(spec, device, {}) for device in devices[spec.name])
        elif spec.name in start.parts or _belongs(spec, bool(devices.get("camera"))):
            yield NodeStart(spec, "", {})


def _belongs(spec: NodeSpec, cameras: bool) -> bool:
    """Whether a node is started where nobody asks for it."""
    return spec.started is not Started.WHEN_ASKED and (cameras or spec.started is not Started.WITH_CAMERAS)


def _given(settings: Mapping[str, str]) -> dict[str, Value]:
    """Parameters for all nodes, in their types."""
    known = {parameter.name: parameter for spec in NODES for parameter in parameters_of(*settings_of(spec))}
    known[USE_SIM_TIME.name] = USE_SIM_TIME
    values = {}
    try:
        for name, text in settings.items():
            parameter = named(known.values(), name)
            values[name] = parameter.checked(text if parameter.kind == "string" else _parsed(text))
    except ParameterError as error:
        raise StartError(str(error)) from error
    return values


def _parsed(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _sections(path: Path) -> dict[str, dict[str, Value]]:
    """The sections of a ROS parameter file, by the names of nodes that they are for.

    Raises:
        StartError: It is not one, or a parameter for all nodes is known to none.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StartError(f"{path}: cannot be read: {error}") from error
    sections = {}
    for pattern, section in (content or {}).items() if isinstance(content, dict | None) else [("", None)]:
        if not isinstance(section, dict) or not isinstance(section.get("ros__parameters"), dict):
            raise StartError(
                f"{path}: {pattern!r} has no ros__parameters; a section is NODE: {{ros__parameters: {{…}}}}"
            )
        sections[pattern if pattern.startswith("/") else f"/**/{pattern}"] = dict(_flat(section["ros__parameters"]))
    everywhere = {parameter.name for spec in NODES for parameter in parameters_of(*settings_of(spec))}
    for key in sections.get("/**", {}):
        if key not in everywhere | {USE_SIM_TIME.name}:
            raise StartError(f"{path}: no node has a parameter {key}")
    return sections


def _flat(section: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Nested parameters with dotted names."""
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, bool | int | float | str):
            yield f"{prefix}{key}", value
        else:
            raise StartError(f"parameter {prefix}{key}: {value!r} is not a number, a word or a yes or no")


def _matches(pattern: str, name: str) -> bool:
    """Whether a section is for a node, with the wildcards of rcl: `*` is one word, `**` any number of them."""
    words = re.escape(pattern).replace(r"/\*\*", r"(/[^/]+)*").replace(r"\*", r"[^/]+")
    return re.fullmatch(words, name) is not None


def middleware_environment(profile: Path) -> dict[str, str]:
    """What the environment of the nodes needs beside what is there."""
    return {} if DDS_PROFILE in os.environ else {DDS_PROFILE: str(profile)}
