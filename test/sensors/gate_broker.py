"""An MQTT broker with a link that can be cut, and a gate controller, for tests."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amqtt.broker import Broker, BrokerContext
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

PASSWORD = "turnstile"
TOPIC = "entrance/passages"
ADMISSION = "entrance/admission"
CLIENT_ID = "storegraph-corner-front"
"""Of the driver of the gate `front` in the store `corner`."""
ACKNOWLEDGED = b"\x40\x02"
"""How a PUBACK begins (MQTT 3.1.1, 3.4.1)."""
PATIENCE = 30.0
"""Seconds until something that should happen has failed to."""


class KnownUsers(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in who has the password. The broker keeps messages for users it knows, not for anonymous ones."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether this is one."""
        return bool(session.password == PASSWORD)


class GateBroker:
    """A broker, and a link to it: what connects to `port` reaches the broker while the link is up.

    Args:
        loop: Runs in a thread of its own.
        certificate: File of a certificate and its key, PEM; the broker then speaks TLS.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, certificate: Path | None) -> None:
        self._loop = loop
        self._certificate = certificate
        self.port, self.broker_port = free_ports(2)
        self._writers: list[asyncio.StreamWriter] = []
        self._frozen = False
        self.acknowledged = 0
        """Messages that the other side of the link has acknowledged."""

    def start(self) -> None:
        """Starts a broker that knows of nothing before, and brings the link up."""
        self._run(self._start())
        self.mend()

    def stop(self) -> None:
        """Stops the broker; what it kept is gone."""
        self.cut()
        self._run(self._broker.shutdown())

    def mend(self) -> None:
        """Brings the link up."""
        self._frozen = False
        self._link = self._run(asyncio.start_server(self._relay, "127.0.0.1", self.port))

    def cut(self) -> None:
        """Takes the link down, as a switch does that loses its power: connections end."""
        self._run(self._cut())

    def freeze(self) -> None:
        """Lets nothing through any more, as a cable that was pulled: nobody is told."""
        self._frozen = True

    def misses(self, client_id: str) -> bool:
        """Whether the broker has noticed that a client is away.

        This broker, unlike others (MQTT 3.1.1, 4.4), does not keep what it sends before it has.
        """
        sessions = list(BrokerContext(self._broker).sessions)
        return not any(session.client_id == client_id and session.transitions.is_connected() for session in sessions)

    async def _start(self) -> None:
        listener: dict[str, object] = {"type": "tcp", "bind": f"127.0.0.1:{self.broker_port}"}
        if self._certificate is not None:
            listener |= {"ssl": True, "certfile": str(self._certificate), "keyfile": str(self._certificate)}
        plugins: dict[str, Any] = {f"{__name__}.{KnownUsers.__name__}": {}}
        self._broker = Broker({"listeners": {"default": listener}, "plugins": plugins})
        await self._broker.start()

    async def _cut(self) -> None:
        self._link.close()
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.broker_port)
        self._writers += [writer, back]
        await asyncio.gather(self._pass_on(reader, back, counted=True), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: bool = False) -> None:
        try:
            while data := await reader.read(4096):
                if not self._frozen:
                    self.acknowledged += data.count(ACKNOWLEDGED) if counted else 0
                    writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)


def free_ports(count: int) -> list[int]:
    """TCP ports that nobody listens to."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running_broker(certificate: Path | None = None) -> Iterator[GateBroker]:
    """A broker that has been started."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    broker = GateBroker(loop, certificate)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


class Controller:
    """A gate's controller. It reaches its broker without the link, and keeps what it cannot send."""

    def __init__(self) -> None:
        self.answers: list[dict[str, object]] = []
        """What it was told of those who stand at the gate."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="controller", clean_session=False)
        self._client.username_pw_set("controller", PASSWORD)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{ADMISSION}/answers")
        self._client.on_message = lambda _client, _, message: self.answers.append(json.loads(message.payload))

    def connect(self, port: int) -> None:
        """Goes to the broker at a port and sends what was kept."""
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def disconnect(self) -> None:
        """Leaves the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def report(self, **report: object) -> MQTTMessageInfo:
        """Sends a report, or keeps it."""
        return self.say(json.dumps(report))

    def ask(self, **request: object) -> MQTTMessageInfo:
        """Asks whether somebody may come in."""
        return self._client.publish(f"{ADMISSION}/requests", json.dumps(request), qos=1)

    def say(self, payload: str | bytes) -> MQTTMessageInfo:
        """Sends anything."""
        return self._client.publish(TOPIC, payload, qos=1)


@contextmanager
def connected_controller(broker: GateBroker) -> Iterator[Controller]:
    """A controller that can send."""
    controller = Controller()
    controller.connect(broker.broker_port)
    try:
        yield controller
    finally:
        controller.disconnect()
