"""What a shop has decided beforehand: how much is reserved, how long a doubt may wait, what tax a class of goods has.

The file is YAML; `config/ledger.yaml` has every key with its default.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from storegraph.store.model import Part
from storegraph.store.part_file import load_part
from storegraph.units import NANOSECONDS

from .errors import PolicyError, RefusedError
from .taxes import PARTS

Seconds = Annotated[float, Field(ge=0, le=3660 * 86_400)]
Percent = Annotated[float, Field(ge=0, le=100)]


class AdmissionPolicy(Part):
    """Who may enter.

    Attributes:
        reserve: Reserved on the card at the entry, minor units of the store's currency; 0 for nothing. The default is
            50 units of most currencies: a basket of convenience goods, seldom more (to be set from the shop's own).
        answer_within: How long a gate waits for the provider, seconds.
        when_unanswered: What the gate does then. What is admitted is charged at the exit.
        enter_within: How long an admission is good for, seconds.
        crew: How the tokens of staff begin.
    """

    reserve: Annotated[int, Field(ge=0)] = 5000
    answer_within: Seconds = 5.0
    when_unanswered: Literal["admit", "deny"] = "admit"
    enter_within: Seconds = 120.0
    crew: tuple[Annotated[str, Field(min_length=1)], ...] = ("crew-",)


class VisitPolicy(Part):
    """Somebody is inside, and no exit is told.

    Attributes:
        longest: How long after the entry an exit is waited for, seconds. The default is longer than a shift of staff,
            and shorter than the week for which card schemes keep an amount reserved.
        after_closing: How long after the store was closed, seconds: the last customers are shown out in this time.
    """

    longest: Seconds = 43_200.0
    after_closing: Seconds = 1800.0


class ReviewPolicy(Part):
    """What is in doubt.

    Attributes:
        within: How long a person has to decide after somebody left, seconds.
        when_undecided: What then becomes of it. Goods that need an age check and had none are never charged.
        when_added: What becomes of goods that a reviewer finds to be on no line of who has them: charged, as long as
            `within` lasts, or another person is asked first.
    """

    within: Seconds = 86_400.0
    when_undecided: Literal["shrink", "charge"] = "shrink"
    when_added: Literal["charge", "ask"] = "charge"


class ReturnPolicy(Part):
    """Goods that come back.

    Attributes:
        within: How long after somebody left they may bring back what they paid for, or ask for a part of the price,
            seconds. 14 days, as directive 2011/83/EU has it for distance sales; for a shop it is free to say.
    """

    within: Seconds = 14 * 86_400.0


class DisputePolicy(Part):
    """Lines that a customer says are wrong.

    Attributes:
        within: How long a person has to decide after the customer has said so, seconds.
        when_undecided: What then becomes of what is disputed: given back, and counted as shrink; or kept.
    """

    within: Seconds = 7 * 86_400.0
    when_undecided: Literal["refund", "keep"] = "refund"


class CollectionPolicy(Part):
    """A charge that was declined.

    Attributes:
        retry_after: Seconds from each decline to the next attempt; after the last one it is a bad debt. Card schemes
            allow 15 attempts in 30 days.
    """

    retry_after: tuple[Seconds, ...] = (3600.0, 86_400.0, 259_200.0)


class TaxPolicy(Part):
    """Taxes on goods.

    Attributes:
        included: Prices hold the tax, as in the EU; else it is added, as in the US.
        rates: Percent by tax class of the catalogue.
    """

    included: bool = True
    rates: dict[str, Percent] = Field(default_factory=lambda: {"standard": 19.0, "reduced": 7.0})

    def rate(self, tax_class: str) -> int:
        """Of a tax class, parts in ten thousand.

        Raises:
            RefusedError: The policy has no rate for it.
        """
        try:
            percent = self.rates[tax_class]
        except KeyError:
            known = ", ".join(sorted(self.rates)) or "none"
            raise RefusedError(f'tax class "{tax_class}" has no rate; the policy has {known}: add it there') from None
        return int(Decimal(str(percent)) * PARTS / 100)


class RetentionPolicy(Part):
    """How long what is kept is kept, days; `storegraph ledger retention` says what each of them is about.

    Attributes:
        card: A card's token after its last visit.
        cart: What was in a cart while its shopper was inside.
        bill: Bills, lines and payments. Ten years: section 147 of the German fiscal code, and longer than most others.
        address: The mail address of one visit, and what became of its mails, after the address was given. The time in
            which a line can be disputed (`dispute_within` of the receipts) has to fit in.
        evidence: What the graph said of the goods and of who moved them. Disputes have to fit in, too.
    """

    card: Annotated[int, Field(ge=1)] = 400
    cart: Annotated[int, Field(ge=1)] = 30
    bill: Annotated[int, Field(ge=1)] = 3653
    address: Annotated[int, Field(ge=1)] = 60
    evidence: Annotated[int, Field(ge=1)] = 60


class Policy(Part):
    """All of it."""

    admission: AdmissionPolicy = AdmissionPolicy()
    visit: VisitPolicy = VisitPolicy()
    review: ReviewPolicy = ReviewPolicy()
    returns: ReturnPolicy = ReturnPolicy()
    disputes: DisputePolicy = DisputePolicy()
    collection: CollectionPolicy = CollectionPolicy()
    taxes: TaxPolicy = TaxPolicy()
    retention: RetentionPolicy = RetentionPolicy()


def nanoseconds(seconds: float) -> int:
    """Seconds of a policy as a span of stamps."""
    return round(seconds * NANOSECONDS)


def load_policy(path: Path) -> Policy:
    """Reads a policy file.

    Raises:
        PolicyError: It cannot be read, or has problems; all are told at once.
    """
    return load_part(path, Policy, PolicyError)
