"""Going round in a thread until it is closed: for what waits for others, such as mail servers and webhooks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

LOG = logging.getLogger(__name__)


class Rounds:
    """Goes round at once, and again after each pause. What goes wrong in one round is told; the next one comes.

    Args:
        name: Of what goes round, for the log.
        go_round: One round.
        pause: Seconds from the end of a round to the next one.

    Attributes:
        problem: Why the last round was not made, or not to its end; empty where it was.
    """

    def __init__(self, name: str, go_round: Callable[[], None], pause: float) -> None:
        self.problem = ""
        self._name = name
        self._go_round = go_round
        self._pause = pause
        self._ended = Event()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends, after the round that is under way."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            try:
                self._go_round()
                self.problem = ""
            except SQLAlchemyError as error:
                self.problem = f"the books cannot be read: {str(error).splitlines()[0]}"
                LOG.error("%s: %s", self._name, self.problem)
            except Exception as error:  # a mistake of ours must not end the rounds while the store runs on
                self.problem = f"no round could be made: {type(error).__name__}: {error}"
                LOG.exception("%s", self._name)
            if self._ended.wait(self._pause):
                return
