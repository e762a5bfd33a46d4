"""The postman beside a running store: a mail server may take seconds to answer, and nobody else waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from storegraph.ledger.rounds import Rounds

from .page import load_writers
from .postman import Postman

LOG = logging.getLogger(__name__)

PAUSE = 0.25
"""Seconds between two rounds. A receipt is to arrive within 5 s of leaving, of which weighing takes 3; a round with
nothing to do takes a millisecond."""


class MailRounds:
    """Has a postman go round until it is closed.

    Args:
        postman: Who goes.
        clock: Event time, nanoseconds since the Unix epoch.

    Attributes:
        failed: Mails given up since the beginning.
    """

    def __init__(self, postman: Postman, clock: Callable[[], int]) -> None:
        self.failed = 0
        self._refused = ""
        self._postman = postman
        self._clock = clock
        load_writers()
        self._rounds = Rounds("mail", self._go_round, PAUSE)

    @property
    def problem(self) -> str:
        """Why there are no rounds, or why the last mail that was tried was not delivered; empty where all is well."""
        return self._rounds.problem or self._refused

    def close(self) -> None:
        """Ends, after the mails that are under way."""
        self._rounds.close()

    def _go_round(self) -> None:
        done = self._postman.go_round(self._clock())
        self.failed += done.failed
        if done.told:
            LOG.warning("mail: %s", done.told)
        if done.told or done.sent:
            self._refused = done.told
        self._postman.learn_digits()
