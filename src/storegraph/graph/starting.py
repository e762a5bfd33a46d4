"""What is settled before the nodes are started, by `storegraph up` and by the launch files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import yaml

from storegraph.errors import StoregraphError
from storegraph.store.model import Store

from .nodes import NODES, NodeSpec
from .parameters import PARAMETERS

DDS_PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
"""The variable that names Fast DDS its profile; what the user has put there stays."""

LOG_LEVELS = ("debug", "info", "warn", "error", "fatal")
"""As rcutils names them."""

NAMESPACE = re.compile(r"/?[A-Za-z_]\w*(/[A-Za-z_]\w*)*", re.ASCII)
"""As `rmw_validate_namespace` has it."""


class StartError(StoregraphError):
    """The nodes cannot be started as asked."""


def chosen_nodes(parts: Sequence[str]) -> tuple[NodeSpec, ...]:
    """The nodes of these names, in the order of the graph; all of them for no name.

    Raises:
        StartError: There is no such node.
    """
    names = [node.name for node in NODES]
    if unknown := sorted(set(parts) - set(names)):
        raise StartError(f"no node is called {', '.join(unknown)}; there are {', '.join(names)}")
    return tuple(node for node in NODES if node.name in parts or not parts)


def parameter_values(parameters: Mapping[str, str]) -> dict[str, str | bool | float]:
    """The values of parameters in the types that they are declared with.

    Raises:
        StartError: There is no such parameter, or it cannot have that value.
    """
    known = {parameter.name: parameter for parameter in PARAMETERS}
    values: dict[str, str | bool | float] = {}
    for name, text in parameters.items():
        if name not in known:
            raise StartError(f"no parameter is called {name}; there are {', '.join(known)}")
        parameter = known[name]
        try:
            value = text if isinstance(parameter.default, str) else yaml.safe_load(text)
        except yaml.YAMLError:
            value = None
        kind = type(parameter.default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise StartError(f"parameter {name}: {text!r} is not a {kind.__name__}")
        if parameter.most and not parameter.least <= float(value) <= parameter.most:
            raise StartError(f"parameter {name}: {text} is not within {parameter.least} to {parameter.most}")
        values[name] = value
    return values


def namespace_of(store: Store, namespace: str | None) -> str:
    """The namespace of a store's nodes, without the leading slash: the one asked for, otherwise the store's id.

    Raises:
        StartError: ROS does not allow it.
    """
    name = namespace or store.id
    if not NAMESPACE.fullmatch(name):
        raise StartError(f"{name!r} cannot be a ROS namespace: words of letters, digits and _, joined by /")
    return name.removeprefix("/")
