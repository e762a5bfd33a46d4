"""The last rows of a table that grows for ever."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

T = TypeVar("T", bound=np.generic)


class History(Generic[T]):
    """Keeps the last `rows` rows in one contiguous piece of memory, so that any number of them is a view.

    Rows that were never written are zero.
    """

    def __init__(self, rows: int, shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> None:
        self._rows = rows
        self._end = rows
        self._table: NDArray[T] = np.zeros((2 * rows, *shape), dtype)

    def append(self, rows: NDArray[T]) -> None:
        """Adds rows, shape [n, ...] with n at most the length of the history."""
        if self._end + len(rows) > len(self._table):
            self._table[: self._rows] = self._table[self._end - self._rows : self._end]
            self._end = self._rows
        self._table[self._end : self._end + len(rows)] = rows
        self._end += len(rows)

    def push(self, row: NDArray[T]) -> None:
        """Adds one row."""
        if self._end == len(self._table):
            self._table[: self._rows] = self._table[self._end - self._rows :]
            self._end = self._rows
        self._table[self._end] = row
        self._end += 1

    def last(self, count: int) -> NDArray[T]:
        """The last rows, oldest first: a view, valid until the next row is added."""
        return self._table[self._end - count : self._end]

    def ago(self, count: int) -> NDArray[T]:
        """The row that was added `count` rows before the newest."""
        row: NDArray[T] = self._table[self._end - 1 - count]
        return row
