"""Keys pressed on a terminal, one by one, without Enter."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from enum import Enum
from types import TracebackType
from typing import Self

SEQUENCE = re.compile(rb"\x1b\[[A-Z]|.", re.DOTALL)
"""A key as a terminal sends it: an escape sequence for the arrows, else a byte."""


class Key(Enum):
    """The keys that mean something while a bag is played; those of `ros2 bag play`, and two that need no arrows."""

    PAUSE = (b" ",)
    STEP = (b"\x1b[C", b"s")
    FASTER = (b"\x1b[A",)
    SLOWER = (b"\x1b[B",)
    QUIT = (b"q",)


class Keyboard:
    """Reads keys from standard input while the `with` block lasts, then restores it.

    Where that is no terminal, or the program runs in the background of one, there are no keys.
    """

    def __init__(self) -> None:
        listens = sys.stdin is not None and sys.stdin.isatty() and _in_foreground(sys.stdin.fileno())
        self._file = sys.stdin.fileno() if listens else None

    def __enter__(self) -> Self:
        """Has the terminal hand over every key at once, and not show it."""
        if self._file is not None:
            self._before = termios.tcgetattr(self._file)
            tty.setcbreak(self._file, termios.TCSADRAIN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Restores the terminal."""
        if self._file is not None:
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def pressed(self) -> list[Key]:
        """The keys pressed since the last call; others than those of `Key` are passed over."""
        if self._file is None or not select.select([self._file], [], [], 0)[0]:
            return []
        sent = SEQUENCE.findall(os.read(self._file, 1024))
        return [key for sequence in sent for key in Key if sequence in key.value]


def _in_foreground(file: int) -> bool:
    """Whether what is typed at a terminal is meant for this program; one in the background is stopped when it asks."""
    try:
        return os.tcgetpgrp(file) == os.getpgrp()
    except OSError:  # not the terminal that this program was started from
        return True
