"""Money of a bill: what a provider was asked, and what it has taken."""

from __future__ import annotations

from dataclasses import dataclass

from .facts import Action


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a provider has taken, minor units."""

    reference: str
    captured: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Step:
    """A question to a provider, and its answer.

    Attributes:
        begun: Nanoseconds since the Unix epoch.
        ended: Nanoseconds since the Unix epoch; None while open.
        done: Whether it was done; None while open.
    """

    step: str
    action: Action
    amount: int
    reference: str
    begun: int
    ended: int | None = None
    done: bool | None = None
    reason: str = ""
