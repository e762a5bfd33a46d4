"""Load-cell transmitters for the tests: pymodbus' own server, on TCP or on a serial line of two pseudo-terminals."""

from __future__ import annotations

import asyncio
import logging
import os
import pty
import select
import socket
import struct
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pymodbus import FramerType
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

logging.getLogger("pymodbus").addHandler(logging.NullHandler())

REGISTERS = 20


def words(kind: str, *numbers: float) -> list[int]:
    """Numbers as registers, high word first; `kind` is one of `struct`'s letters."""
    packed = struct.pack(f">{len(numbers)}{kind}", *numbers)
    return list(struct.unpack(f">{len(packed) // 2}H", packed))


class Transmitters:
    """Units on a bus. Their registers may be changed, and units be muted, while they are served.

    Args:
        units: Registers by unit.
        address: `tcp`, `rtu+tcp`, or the name of a serial port.
        port: Of TCP; free when it is 0.
    """

    def __init__(self, units: dict[int, list[int]], address: str = "tcp", port: int = 0) -> None:
        self.units = units
        self.muted: set[int] = set()
        self.requests: list[tuple[int, int, int]] = []
        self.port = port or _free_port()
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: Any = None

    @property
    def url(self) -> str:
        """As a sensors file names them."""
        return f"{self._address}://127.0.0.1:{self.port}" if "tcp" in self._address else f"rtu://{self._address}"

    def start(self) -> None:
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(5)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(5)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self) -> None:
        devices = [self._device(unit) for unit in self.units]
        if "tcp" in self._address:
            framer = FramerType.SOCKET if self._address == "tcp" else FramerType.RTU
            self._server = ModbusTcpServer(
                devices, framer=framer, address=("127.0.0.1", self.port), ignore_missing_devices=True
            )
        else:
            self._server = ModbusSerialServer(devices, port=self._address, ignore_missing_devices=True)
        await self._server.serve_forever(background=True)

    def _device(self, unit: int) -> SimDevice:
        async def measure(
            function: int, first: int, asked: int, count: int, registers: list[int], values: object
        ) -> None:
            if unit in self.muted:
                raise NoSuchIdException  # the server then says nothing
            self.requests.append((unit, asked, count))
            for place, word in enumerate(self.units[unit]):
                registers[place - first] = word

        data = SimData(0, count=len(self.units[unit]), values=0, datatype=DataType.REGISTERS)
        return SimDevice(unit, simdata=[data], action=measure)


@contextmanager
def serving(units: dict[int, list[int]], address: str = "tcp", port: int = 0) -> Iterator[Transmitters]:
    """Transmitters that answer from the beginning."""
    transmitters = Transmitters(units, address, port)
    transmitters.start()
    try:
        yield transmitters
        with suppress(Exception):  # a test may have stopped it
            transmitters.stop()
    finally:
        transmitters.end()


@contextmanager
def serial_line() -> Iterator[tuple[str, str]]:
    """The names of two serial ports with a line between them."""
    masters, slaves = zip(*(pty.openpty() for _ in range(2)), strict=True)
    for end in (*masters, *slaves):
        tty.setraw(end)
    stop, wake = os.pipe()

    def carry() -> None:
        other = dict(zip(masters, reversed(masters), strict=True))
        while stop not in (ready := select.select([*masters, stop], [], [])[0]):
            for end in ready:
                os.write(other[end], os.read(end, 1024))

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slaves[0]), os.ttyname(slaves[1])
    finally:
        os.write(wake, b"!")
        thread.join(5)
        for end in (*masters, *slaves, stop, wake):
            os.close(end)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
