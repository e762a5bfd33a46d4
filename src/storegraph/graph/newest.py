"""From a thread that is told something to one that may be slower: of each kind only the newest waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Condition
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Newest(Generic[Value]):
    """Holds the newest value of each key until it is taken; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._values: dict[str, Value] = {}
        self._dropped: Counter[str] = Counter()
        self._closed = False

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many values of each key were replaced before they were taken."""
        with self._changed:
            return dict(self._dropped)

    def put(self, key: str, value: Value) -> None:
        """Holds a value in place of the one of this key before; it keeps that one's place in the queue."""
        with self._changed:
            self._dropped[key] += key in self._values
            self._values[key] = value
            self._changed.notify_all()

    def take(self, most: int) -> dict[str, Value]:
        """Waits until there is a value, and takes what there is.

        Args:
            most: Values taken at once, at least 1; those that have waited longest come first.

        Returns:
            By key; empty when this is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._values or self._closed)
            if self._closed:
                return {}
            taken = {key: self._values.pop(key) for key in list(self._values)[:most]}
            self._changed.notify_all()
            return taken

    def wait_until_taken(self) -> None:
        """Waits until everything has been taken, or this is closed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._values or self._closed)

    def close(self) -> None:
        """Lets go of who waits; what is still held is not taken any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
