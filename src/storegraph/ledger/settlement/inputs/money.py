"""What is told about money: by payment providers, at the desk, and by the clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PayCash:
    """Money changes hands at the desk.

    Attributes:
        request: Of who tells it; the same when told again.
        bill: Which.
        amount: Minor units; negative when it is given back.
        by: Who takes it.
    """

    stamp: int
    request: str
    bill: str
    amount: int
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"cash/{self.bill}/{self.request}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered; from the call itself, a question about it, or a webhook.

    Attributes:
        stamp: When it was known, nanoseconds since the Unix epoch.
        step: Which.
        done: Else it was declined.
        reference: The provider's name of the payment.
        reason: Of a decline.
    """

    stamp: int
    step: str
    done: bool
    reference: str
    reason: str = ""

    @property
    def key(self) -> str:
        """One for each step."""
        return f"answer/{self.step}"


@dataclass(frozen=True, slots=True)
class Collect:
    """What is owed is to be charged again now."""

    stamp: int
    request: str
    bill: str
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"collect/{self.bill}/{self.request}"


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Event time has come to a bill's due time."""

    stamp: int
    bill: str

    @property
    def key(self) -> str:
        """Bill and moment."""
        return f"due/{self.bill}/{self.stamp}"
