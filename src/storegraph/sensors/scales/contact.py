"""Keeps account of something that is asked again and again, and says when it is asked next."""

from __future__ import annotations

from .model import ContactReport, ContactState, ScaleSettings

LOST_ANSWERS = 3
"""Unanswered questions in a row that are silence; fewer are a disturbance on the line, and it is asked on as before. As
many as pymodbus itself tries again unless told otherwise."""


class Contact:
    """One that is asked: a connection, a unit.

    Args:
        name: What it is, for people.
        settings: How long to wait between tries while it is silent.
        rate: Answers a second that it should give; None where no rate is asked of it.
    """

    def __init__(self, name: str, settings: ScaleSettings, rate: float | None = None) -> None:
        self.refused = 0
        self._name = name
        self._rate = rate
        self._settings = settings
        self._state = ContactState.UNTRIED
        self._answers = 0
        self._failures = 0
        self._in_a_row = 0
        self._reason = ""
        self._due = 0

    @property
    def report(self) -> ContactReport:
        """What is known of it now."""
        counts = (self._answers, self._failures, self.refused)
        return ContactReport(self._name, self._state, *counts, self._reason, self._rate)

    def due(self, now: int) -> bool:
        """Whether it is to be asked; `now` is nanoseconds of a clock that never goes back."""
        return now >= self._due

    def answered(self) -> bool:
        """Notes an answer; whether the state changed by it."""
        self._answers += 1
        self._in_a_row = 0
        return self._becomes(ContactState.ANSWERING)

    def failed(self, reason: str, now: int) -> bool:
        """Notes a failure; whether the state changed by it.

        Args:
            reason: Why, and what to do.
            now: Nanoseconds of the clock of `due`.
        """
        self._failures += 1
        self._in_a_row += 1
        self._reason = reason
        if self._in_a_row < LOST_ANSWERS:
            return False
        doublings = min(self._in_a_row - LOST_ANSWERS, 32)  # more would pass any limit
        self._due = now + min(self._settings.retry_after << doublings, self._settings.retry_at_most)
        return self._becomes(ContactState.SILENT)

    def _becomes(self, state: ContactState) -> bool:
        changed = state is not self._state
        self._state = state
        return changed
