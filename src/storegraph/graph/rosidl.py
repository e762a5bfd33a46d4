"""The message classes that rosidl generates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from .messages import CONVERSIONS


def message_class(message_type: str) -> Any:
    """The class of a message, by its full name."""
    package, _, name = message_type.split("/")
    return getattr(import_module(f"{package}.msg"), name)


class _RosidlTypes(Mapping[str, Any]):
    """The classes that rosidl has generated, by full name."""

    def __getitem__(self, message_type: str) -> Any:
        return message_class(message_type)

    def __iter__(self) -> Iterator[str]:
        return (conversion.message_type for conversion in CONVERSIONS.values())

    def __len__(self) -> int:
        return len(CONVERSIONS)


ROSIDL_TYPES = _RosidlTypes()
"""For messages that are given to rclpy as objects: in services, where it takes no bytes."""
