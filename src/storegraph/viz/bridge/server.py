"""A WebSocket server that Foxglove and Lichtblick connect to (docs.foxglove.dev/docs/sdk/websocket-server)."""

from __future__ import annotations

from queue import SimpleQueue

import foxglove
from foxglove import Channel, Context, Schema
from foxglove.websocket import ChannelView, Client, ServerListener

from storegraph.errors import StoregraphError
from storegraph.graph.definitions import definition_of

BACKLOG = 256
"""Messages that wait for a viewer who is slower than the graph, then the oldest goes: 15 MB of pictures at 60 kB."""


class ServerError(StoregraphError):
    """Viewers cannot be served."""


class Server:
    """Offers topics, knows which of them are looked at, and sends their messages as they are.

    Args:
        name: What viewers are told of the server.
        host: Address to listen on; 0.0.0.0 for those of all interfaces.
        port: TCP; 0 takes one that is free.

    Raises:
        ServerError: The address cannot be listened on.
    """

    def __init__(self, name: str, host: str, port: int) -> None:
        self._context = Context()
        self._channels: dict[str, Channel] = {}
        self._audience = _Audience()
        try:
            self._server = foxglove.start_server(
                name=name,
                host=host,
                port=port,
                server_listener=self._audience,
                context=self._context,
                message_backlog_size=BACKLOG,
            )
        except RuntimeError as error:  # the library raises nothing narrower
            reason = str(error).removeprefix("FoxgloveError: Failed to bind port: ")
            raise ServerError(
                f"viewers cannot connect: {host}:{port} cannot be listened on ({reason}); end the program that has the "
                "port, or set `host` and `port` to others"
            ) from error
        self.url = f"ws://{host}:{self._server.port}"

    def offer(self, topic: str, message_type: str) -> None:
        """Offers a topic to viewers, as long as the server lives.

        Args:
            topic: Full name.
            message_type: Full name of its messages.

        Raises:
            ShareError: The definition of the message is not installed.
        """
        schema = Schema(name=message_type, encoding="ros2msg", data=definition_of(message_type).text.encode())
        self._channels[topic] = Channel(topic, message_encoding="cdr", schema=schema, context=self._context)

    def looked_at(self) -> frozenset[str]:
        """The topics that somebody looks at now."""
        return frozenset(topic for topic, channel in self._channels.items() if channel.has_sinks())

    def newly_looked_at(self) -> frozenset[str]:
        """The topics that somebody has begun to look at since this was asked last."""
        return frozenset(self._audience.newcomers())

    def send(self, topic: str, data: bytes) -> None:
        """Sends a message to all who look at its topic.

        Args:
            topic: One that is offered.
            data: CDR.
        """
        self._channels[topic].log(data)

    def close(self) -> None:
        """Ends all connections and frees the port."""
        self._server.stop()
        for channel in self._channels.values():
            channel.close()


class _Audience(ServerListener):
    """Notes who begins to look; called on the server's own threads."""

    def __init__(self) -> None:
        self._topics: SimpleQueue[str] = SimpleQueue()

    def on_subscribe(self, client: Client, channel: ChannelView) -> None:
        """Notes the topic."""
        self._topics.put(channel.topic)

    def newcomers(self) -> list[str]:
        """The topics noted since this was asked last."""
        return [self._topics.get() for _ in range(self._topics.qsize())]
