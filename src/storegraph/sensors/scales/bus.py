"""A Modbus connection, through pymodbus: TCP, RTU on a serial port, RTU through a serial device server."""

from __future__ import annotations

import errno
import logging
import os
import socket
from urllib.parse import urlsplit

import serial  # type: ignore[import-untyped]
from pymodbus import FramerType
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from ..address import expanded
from .model import ModbusScales, ModbusUnit
from .registers import Request

PORT = 502
"""Of Modbus TCP (IANA)."""

PARITY = {"even": "E", "odd": "O", "none": "N"}

REFUSALS = {
    1: "it does not know the function; check registers, holding or input",
    2: "it has no such registers; check registers, first_register, type and gap",
    3: "it does not take so many; set gap to 0",
    4: "it has failed; look at its display",
    6: "it is busy; ask at a lower rate",
    10: "the gateway knows no way to it; check unit and the gateway's settings",
    11: "it does not answer the gateway; check its power, its wires, unit, and the gateway's serial settings",
}
"""Exception codes (MODBUS Application Protocol V1.1b3, 7)."""

ADVICE = {
    errno.EACCES: "let this user in, on Debian with the group dialout",
    errno.EAGAIN: "another program has it; end that one",
    errno.ENOENT: "plug the adapter in, or correct the address",
}
"""What to do where a serial port cannot be opened."""

# pymodbus prints every failure where nobody handles its log; here a failure is told once, by the node.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())


class NoConnectionError(Exception):
    """There is no connection; the message says why, and what to do."""


class NoAnswerError(Exception):
    """A unit did not answer, or not with what it was asked for; the message says why, and what to do."""


class Bus:
    """One connection, opened and used by one thread.

    Args:
        device: What to connect to.

    Raises:
        SensorError: The environment lacks a name that the address has.
    """

    def __init__(self, device: ModbusScales) -> None:
        self._device = device
        self._address = urlsplit(expanded(device.address))
        self._client: ModbusTcpClient | ModbusSerialClient | None = None

    @property
    def is_open(self) -> bool:
        """Whether units can be asked."""
        return self._client is not None

    def open(self) -> None:
        """Connects, within the device's timeout.

        Raises:
            NoConnectionError: It is not possible.
        """
        self._client = self._serial() if self._address.scheme == "rtu" else self._tcp()

    def close(self) -> None:
        """Lets go of the connection."""
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]
            self._client = None

    def read(self, unit: ModbusUnit, request: Request) -> list[int]:
        """Asks for registers; the bus must be open, and may be closed afterwards.

        Returns:
            As many numbers from 0 to 65535 as were asked for.

        Raises:
            NoAnswerError: They did not come.
        """
        assert self._client is not None
        read = {
            "holding": self._client.read_holding_registers,
            "input": self._client.read_input_registers,
        }[unit.registers]
        try:
            answer = read(request.first, count=request.count, device_id=unit.unit)
        except (ConnectionException, OSError) as error:
            self.close()
            raise NoAnswerError("the connection broke while it was asked") from error
        except ModbusException as error:
            if self._address.scheme != "rtu":
                # A link may have been cut without a word, and an answer that comes late must not be taken for the
                # next one. A serial port's late answers are dropped by pymodbus.
                self.close()
            text = f"nothing came within {self._device.timeout:g} s; check its power, its wires, unit and baud rate"
            raise NoAnswerError(text) from error
        span = f"{unit.registers} registers {request.first} to {request.first + request.count - 1}"
        if answer.isError():
            reason = REFUSALS.get(answer.exception_code, f"exception {answer.exception_code}")
            raise NoAnswerError(f"asked for {span}: {reason}")
        if len(answer.registers) != request.count:
            raise NoAnswerError(f"asked for {span}: it answers with {len(answer.registers)} of them")
        return list(answer.registers)

    def _tcp(self) -> ModbusTcpClient:
        host, port, timeout = str(self._address.hostname), self._address.port or PORT, self._device.timeout
        framer = FramerType.SOCKET if self._address.scheme == "tcp" else FramerType.RTU
        client = ModbusTcpClient(host, port=port, framer=framer, timeout=timeout, retries=0)
        try:
            client.socket = socket.create_connection((host, port), timeout)  # pymodbus would not say why it cannot
        except OSError as error:
            reason = error.strerror or str(error)
            advice = "check the address and the network, and whether another program holds the only connection"
            raise NoConnectionError(f"{reason}; {advice}") from error
        return client

    def _serial(self) -> ModbusSerialClient:
        port = self._address.path
        client = ModbusSerialClient(
            port,
            baudrate=self._device.baud_rate,
            parity=PARITY[self._device.parity],
            stopbits=self._device.stop_bits,
            timeout=self._device.timeout,
            retries=0,
        )
        if not client.connect():
            raise NoConnectionError(_why_not(port))
        return client


def _why_not(port: str) -> str:
    """Why a serial port cannot be opened, which pymodbus does not say."""
    try:
        serial.Serial(port, exclusive=True).close()
    except OSError as error:
        if error.errno is None:
            return str(error)
        return f"{os.strerror(error.errno)}; {ADVICE.get(error.errno, 'check the address')}"
    return "it cannot be opened with these settings; check baud_rate, parity and stop_bits"
