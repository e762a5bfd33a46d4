"""The parameters of nodes, made from the settings of the code: what ROS is told, what is checked, what the docs say.

A setting is a field of a frozen dataclass (`storegraph.settings`); this is the only place that reads those classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from docstring_parser import DocstringStyle, parse

from storegraph.errors import StoregraphError
from storegraph.settings import Live, Range, Span
from storegraph.store.problem import nearest
from storegraph.units import NANOSECONDS

Value = bool | int | float | str

Settings = TypeVar("Settings")


class ParameterError(StoregraphError):
    """There is no such parameter, or it cannot have that value."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: As ROS knows it; the dots of nested settings stay.
        default: Also gives its type.
        text: What it is.
        unit: Of a number; empty where it has none.
        least: Smallest value of a number; None where it has no bounds.
        most: Largest value of a number.
        live: May be changed while its node is active.
        span: Seconds here, nanoseconds in the code.
    """

    name: str
    default: Value
    text: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    live: bool = False
    span: bool = False

    @property
    def kind(self) -> str:
        """The type as ROS names it."""
        return {bool: "bool", int: "integer", float: "double", str: "string"}[type(self.default)]

    def checked(self, value: object) -> Value:
        """The value in the parameter's type; a whole number does for a `double`.

        Raises:
            ParameterError: It has another type, or is out of bounds.
        """
        if type(self.default) is float and type(value) is int:
            value = float(value)
        if type(value) is not type(self.default):
            raise ParameterError(f"parameter {self.name}: {value!r} is not a {self.kind}")
        if self.least is not None and self.most is not None and not self.least <= float(value) <= self.most:
            unit = f" {self.unit}" if self.unit else ""
            raise ParameterError(f"parameter {self.name}: {value} is not within {self.least:g} to {self.most:g}{unit}")
        return value


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What every node is set to.

    Attributes:
        store: The store file.
        autostart: Configure and activate at once, without waiting for a lifecycle manager.
    """

    store: str = ""
    autostart: bool = True


@dataclass(frozen=True, slots=True)
class StageSettings:
    """What every node of a stage is set to.

    Attributes:
        journal: Folder for the node's journal. Without one, a node that dies forgets what it was told.
    """

    journal: str = ""


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """What every node of a sensor is set to.

    Attributes:
        sensors: The sensors file: what hardware stands behind the ids of the store.
        device: Which of its devices this node reads; empty where a node reads all of its kind.
    """

    sensors: str = ""
    device: str = ""


@cache
def parameters_of(*kinds: type) -> tuple[Parameter, ...]:
    """The parameters that settings classes declare, in the order of their fields."""
    return tuple(parameter for kind in kinds for parameter in _declared(kind(), ""))


def settings_from(kind: type[Settings], values: Mapping[str, Value]) -> Settings:
    """The settings that parameters say; what is not given has its default.

    Args:
        kind: The settings class.
        values: Of parameters by name, in their own types and bounds; others may be among them.
    """
    return _built(kind(), "", values)


def named(parameters: Iterable[Parameter], name: str) -> Parameter:
    """The parameter of a name.

    Raises:
        ParameterError: There is none; says which is nearest.
    """
    known = {parameter.name: parameter for parameter in parameters}
    if name not in known:
        raise ParameterError(f"no parameter is called {name}{nearest(name, known)}; there are {', '.join(known)}")
    return known[name]


def _declared(settings: Any, prefix: str) -> Iterator[Parameter]:
    texts = _texts(type(settings))
    for name, marks in _annotations(type(settings)).items():
        default = getattr(settings, name)
        if is_dataclass(default):
            yield from _declared(default, f"{prefix}{name}.")
            continue
        span = next((mark for mark in marks if isinstance(mark, Span)), None)
        bounds = span or next((mark for mark in marks if isinstance(mark, Range)), None)
        yield Parameter(
            name=prefix + name,
            default=default / NANOSECONDS if span else default,
            text=texts[name].replace(", nanoseconds", "") if span else texts[name],
            unit="s" if span else bounds.unit if isinstance(bounds, Range) else "",
            least=bounds.least if bounds else None,
            most=bounds.most if bounds else None,
            live=any(isinstance(mark, Live) for mark in marks),
            span=span is not None,
        )


def _built(defaults: Settings, prefix: str, values: Mapping[str, Value]) -> Settings:
    given: dict[str, object] = {}
    for name, marks in _annotations(type(defaults)).items():
        default = getattr(defaults, name)
        if is_dataclass(default):
            given[name] = _built(default, f"{prefix}{name}.", values)
        elif prefix + name in values:
            value = values[prefix + name]
            is_span = any(isinstance(mark, Span) for mark in marks)
            given[name] = round(float(value) * NANOSECONDS) if is_span else value
        else:
            given[name] = default
    return type(defaults)(**given)


def _annotations(kind: type) -> dict[str, tuple[object, ...]]:
    """What stands beside the type of each field, in the order of the fields."""
    hints = get_type_hints(kind, include_extras=True)
    marks = {name: get_args(hint)[1:] if get_origin(hint) is Annotated else () for name, hint in hints.items()}
    return {field.name: marks[field.name] for field in fields(kind)}


def _texts(kind: type) -> dict[str, str]:
    """What the docstring of a class says of its attributes, each on one line."""
    described = parse(kind.__doc__ or "", DocstringStyle.GOOGLE).params
    return {entry.arg_name: " ".join((entry.description or "").split()) for entry in described}
