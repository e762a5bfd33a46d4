"""Gates over MQTT 3.1.1, the version that every broker, gate controller and turnstile gateway speaks.

Nothing is lost while this side is away: the session is persistent, so the broker keeps what comes (quality of service
1, at least once), and a report is acknowledged only when its events have been delivered. What is then sent twice has
the same stamps and keys.
"""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from storegraph.graph.merge import BEGINNING
from storegraph.observations import GateEvent
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from ..address import expanded
from ..errors import SensorError
from .admission import EntryAnswer, EntryRequest, answer_payload, entry_request
from .driver import GateCondition
from .model import BROKER, GateSettings, MqttGate
from .report import ReportError, gate_events

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""As registered with IANA."""

KEEPALIVE = 2
"""Seconds between signs of life. A dead link is noticed within twice this, before merges pass the gate over (5 s)."""

RETRY = (1, 10)
"""Seconds from one try to connect to the next: at first, and at most."""

CONNECT_TIMEOUT = 2.0
"""Seconds, and so how long closing may take while the network does not answer."""

QUIET = NANOSECONDS
"""A broker has sent what it kept once nothing has come for this long: it sends on as soon as it is acknowledged, so it
is silent for one round trip at most."""


@dataclass(frozen=True, slots=True)
class _Link:
    """The connection to the broker.

    Attributes:
        number: Of connections made so far.
        subscribed: Whether reports can come.
        refused: Whether the broker has said no.
        text: How it is, in words.
    """

    number: int
    subscribed: bool
    refused: bool
    text: str


class MqttDriver:
    """Takes the reports of one gate from an MQTT broker, as `GateDriver`.

    Args:
        device: Where they are.
        store: Its id makes the client id, its time zone tells one day's parties from the next's.
        settings: How long reports may take, and how far ahead a gate's clock may be.
        folder: That a relative path is taken from.

    Raises:
        SensorError: The environment lacks what the address needs, or the certificates cannot be read.
    """

    def __init__(self, device: MqttGate, store: Store, settings: GateSettings, folder: Path) -> None:
        self._device = device
        self._client_id = f"storegraph-{store.id}-{device.gate}"
        self._zone = ZoneInfo(store.time_zone)
        self._settings = settings
        self._arrived: SimpleQueue[tuple[int, MQTTMessage]] = SimpleQueue()
        self._asked: SimpleQueue[tuple[int, MQTTMessage]] = SimpleQueue()
        self._topics = [device.topic, *([f"{device.admission}/requests"] if device.admission else [])]
        self._link = _Link(0, subscribed=False, refused=False, text=f"{device.address} has not been reached yet")
        self._known_link = self._link
        self._busy_at = 0
        self._caught_up = False
        self._refused = 0
        self._last_refusal = ""
        address = BROKER.fullmatch(device.address)
        assert address is not None
        self._host = address["ipv6"] or expanded(address["host"])
        self._port = int(address["port"] or PORTS[address["scheme"]])
        self._client = self._made(address, folder)

    def open(self) -> None:
        """Begins to connect, and goes on trying."""
        self._client.connect_async(self._host, self._port, KEEPALIVE)
        self._client.loop_start()

    def close(self) -> None:
        """Leaves the broker, which keeps what comes from now on."""
        self._client.disconnect()
        self._client.loop_stop()
        self._away("closed")

    def events(self, now: int) -> Iterator[GateEvent]:
        """What has come since the last call; a report is acknowledged once all its events have been taken."""
        if self._link is not self._known_link:
            self._known_link, self._caught_up, self._busy_at = self._link, False, now
        while True:
            try:
                number, message = self._arrived.get_nowait()
            except Empty:
                return
            self._busy_at = now
            yield from self._accepted(bytes(message.payload), now)
            if number == self._link.number:  # else the broker sends it again, and another may have its id
                self._client.ack(message.mid, message.qos)

    def requests(self, now: int) -> Iterator[EntryRequest]:
        """Who has come to the gate since the last call; one of whom it was told too late has gone by now."""
        while True:
            try:
                number, message = self._asked.get_nowait()
            except Empty:
                return
            if number == self._link.number:
                self._client.ack(message.mid, message.qos)
            try:
                request = entry_request(bytes(message.payload), self._device.gate)
                if abs(now - request.stamp) > self._settings.answer_within:
                    raise ReportError(
                        "time of a request for entry is not now: it came late, or the gate's clock is wrong"
                    )
            except ReportError as error:
                self._refuse(error)
                continue
            yield request

    def answer(self, request: EntryRequest, answer: EntryAnswer) -> None:
        """Tells the controller; it is not told again where the link is lost meanwhile, for who waited asks again."""
        self._client.publish(f"{self._device.admission}/answers", answer_payload(request, answer), qos=0)

    def watermark(self, now: int) -> int:
        """Now, less the time that a report may take; `BEGINNING` until the broker has sent all that it kept."""
        link = self._link
        if not link.subscribed or link is not self._known_link:
            return BEGINNING
        self._caught_up = self._caught_up or now - self._busy_at >= QUIET
        return now - self._settings.promise_lag if self._caught_up else BEGINNING

    def clock(self, now: int) -> int:
        """Now: controllers and this machine keep the same time."""
        return now

    @property
    def condition(self) -> GateCondition:
        """How the connection is, and what was refused."""
        link = self._link
        return GateCondition(link.subscribed, link.text, self._refused, self._last_refusal)

    def _accepted(self, payload: bytes, now: int) -> tuple[GateEvent, ...]:
        try:
            events = gate_events(payload, self._device.gate, self._zone)
            ahead = events[0].stamp - now
            if ahead > self._settings.clock_tolerance:
                raise ReportError(f"time is {ahead / NANOSECONDS:.1f} s in the future; set the gate's clock")
        except ReportError as error:
            self._refuse(error)
            return ()
        return events

    def _refuse(self, error: ReportError) -> None:
        self._refused += 1
        self._last_refusal = str(error)

    def _made(self, address: re.Match[str], folder: Path) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if address["user"]:
            password = expanded(address["password"]) if address["password"] else None
            client.username_pw_set(expanded(address["user"]), password)
        if address["scheme"] == "mqtts":
            client.tls_set_context(self._tls(folder))
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.reconnect_delay_set(*RETRY)
        client.connect_timeout = CONNECT_TIMEOUT
        return client

    def _tls(self, folder: Path) -> ssl.SSLContext:
        authority = self._device.authority
        try:
            return ssl.create_default_context(cafile=folder / authority if authority else None)
        except OSError as error:  # an SSLError is one
            raise SensorError(
                f"gate {self._device.gate}: authority {authority} cannot be used ({error}); a file of PEM is expected"
            ) from None

    def _away(self, text: str, *, refused: bool = False) -> None:
        self._link = _Link(self._link.number, subscribed=False, refused=refused, text=text)

    # What follows is called by the client's own thread. It replaces the link as a whole, and changes nothing else.

    def _on_connect(self, client: Client, _: object, flags: object, reason: Any, properties: object) -> None:
        if reason.is_failure:
            self._away(f"{self._device.address} refuses the connection: {reason}", refused=True)
            return
        waiting = f"{self._device.address} has not confirmed the subscription"
        self._link = _Link(self._link.number + 1, subscribed=False, refused=False, text=waiting)
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_connect_fail(self, client: Client, _: object) -> None:
        reason = sys.exception()  # the client calls this where it has caught it, and says it nowhere else
        self._away(f"{self._device.address} cannot be reached: {reason}")

    def _on_subscribe(self, client: Client, _: object, mid: int, reasons: list[Any], properties: object) -> None:
        refused = [(topic, why) for topic, why in zip(self._topics, reasons, strict=True) if why.is_failure]
        if refused:
            topic, why = refused[0]
            self._away(f"{self._device.address} does not let {self._client_id} read {topic}: {why}", refused=True)
        else:
            connected = f"{self._device.address} is connected"
            self._link = _Link(self._link.number, subscribed=True, refused=False, text=connected)

    def _on_disconnect(self, client: Client, _: object, flags: object, reason: Any, properties: object) -> None:
        if not self._link.refused:  # else it has been said why
            self._away(f"{self._device.address} was lost: {reason}")

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        queue = self._arrived if message.topic == self._device.topic else self._asked
        queue.put((self._link.number, message))
