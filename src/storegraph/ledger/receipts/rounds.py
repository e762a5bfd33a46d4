"""The postman beside a running store: a mail server may take seconds to answer, and nobody else waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from .page import load_writers
from .postman import Postman

LOG = logging.getLogger(__name__)

PAUSE = 0.25
"""Seconds between two rounds. A receipt is to arrive within 5 s of leaving, of which weighing takes 3; a round with
nothing to do takes a millisecond."""


class Rounds:
    """Has a postman go round until it is closed.

    Args:
        postman: Who goes.
        clock: Event time, nanoseconds since the Unix epoch.

    Attributes:
        failed: Mails given up since the beginning.
        problem: Why the last mail that was tried could not be delivered; empty where it was.
    """

    def __init__(self, postman: Postman, clock: Callable[[], int]) -> None:
        self.failed = 0
        self.problem = ""
        self._postman = postman
        self._clock = clock
        load_writers()
        self._ended = Event()
        self._thread = Thread(target=self._work, name="mail", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends, after the mail that is under way."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._ended.wait(PAUSE):
            try:
                done = self._postman.go_round(self._clock())
                self._postman.learn_digits()
            except SQLAlchemyError as error:
                self.problem = f"the books cannot be read: {str(error).splitlines()[0]}"
                LOG.error("%s", self.problem)
                continue
            self.failed += done.failed
            if done.told:
                LOG.warning("mail: %s", done.told)
            if done.told or done.sent:
                self.problem = done.told
