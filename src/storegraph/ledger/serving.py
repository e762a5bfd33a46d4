"""Pages and an API at a port of this machine, in a thread of their own."""

from __future__ import annotations

import logging
import socket
from threading import Event, Thread

import uvicorn
from starlette.applications import Starlette

LOG = logging.getLogger(__name__)

TRIED_AGAIN = 1.0
"""Seconds between two tries to get the port: another program may have it just now."""


class Serving:
    """Answers at a port as soon as it can be had, until it is closed.

    Args:
        app: What answers. No address that was asked for stands in a log: it may hold what somebody typed.
        host: Address to listen at.
        port: TCP; 0 takes a free one.

    Attributes:
        url: Where it is found; empty while the port is another program's.
        problem: Why the port cannot be had; empty once it is.
    """

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self.url = ""
        self.problem = ""
        self._host = host
        self._port = port
        self._ended = Event()
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        self._thread = Thread(target=self._work, args=(self._listening(),), name="serving", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends, after the answers that are under way."""
        self._ended.set()
        self._server.should_exit = True
        self._thread.join()

    def _work(self, listening: socket.socket | None) -> None:
        while listening is None:
            if self._ended.wait(TRIED_AGAIN):
                return
            listening = self._listening()
        with listening:
            self._server.run(sockets=[listening])

    def _listening(self) -> socket.socket | None:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            listening = socket.create_server((self._host, self._port), family=family)
        except OSError as error:
            if not self.problem:
                self.problem = (
                    f"{self._host}:{self._port}: cannot be listened at: {error.strerror}; end the program that has the "
                    "port, or choose another one"
                )
                LOG.error("%s; trying again every second", self.problem)
            return None
        host = f"[{self._host}]" if family == socket.AF_INET6 else self._host
        self.url, self.problem = f"http://{host}:{listening.getsockname()[1]}", ""
        LOG.info("answers at %s", self.url)
        return listening
