"""What came of the runs of a suite: what the report holds, and what later reports are compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from storegraph.store.model import Part

EVEN = 0.5
"""Probability from which on something is likelier than not."""


class Line(Part):
    """A line of a receipt beside the truth.

    Attributes:
        gtin: Of the product; empty for one that the catalogue does not know.
        count: How many.
        probability: That this is what they have of it, as the ledger says.
        asked: Whether it waits for a person.
        right: Whether it is what they have of it.
    """

    gtin: str
    count: int
    probability: float
    asked: bool
    right: bool


class Mistake(Part):
    """Something that happened or was concluded, where the two differ.

    Attributes:
        second: Since the beginning of the recording.
        outcome: `wrong`, `missed` or `invented`, as in `movements.Outcome`.
        wrong: Of `wrong` what is: `who`, `what`, `action`.
        really: What happened, in words.
        concluded: What was concluded, in words.
    """

    second: float
    outcome: str
    wrong: tuple[str, ...]
    really: str
    concluded: str


class Visit(Part):
    """A party's stay, and its receipts beside what it owes.

    Attributes:
        payer: Who pays: the party's name.
        owed: What they left with, GTIN to count.
        charged: The lines that are sure.
        in_doubt: The lines that wait for a person.
        review: Whether a person is asked about anything.
        lines: Of the receipts.
        mistakes: Of people of this party, by time.
    """

    payer: str
    owed: Mapping[str, int]
    charged: Mapping[str, int]
    in_doubt: Mapping[str, int]
    review: bool
    lines: tuple[Line, ...]
    mistakes: tuple[Mistake, ...] = ()

    @property
    def guessed(self) -> dict[str, int]:
        """What they are thought to have: with the lines in doubt that are likelier than not.

        Of two people who may have taken one item each has it as a line in doubt, but only one is the best guess.
        """
        guessed = Counter(self.charged)
        for line in self.lines:
            if line.asked and line.probability >= EVEN:
                guessed[line.gtin] += line.count
        return dict(guessed)

    @property
    def exact(self) -> bool:
        """Whether that is what they owe."""
        return self.guessed == dict(self.owed)

    @property
    def wrongly_settled(self) -> bool:
        """Whether the receipt is wrong and nobody is asked."""
        return not self.review and not self.exact


class Guess(Part):
    """The likeliest answer to a question: its probability, and whether it is true."""

    probability: float
    true: bool


class Played(Part):
    """What came of one run.

    Attributes:
        label: Of the class of scenarios.
        name: Of the run, unique within its label.
        recorded: Length of the recording, seconds.
        people: Who were in it.
        times: Processor seconds of each step that was done for it, also of those done earlier.
        visits: By payer.
        guesses: Answers to the questions about interactions.
        page: File name of the page that shows it; empty where all receipts are exact and nobody is asked.
        error: Why there is no result; empty where there is one.
    """

    label: str
    name: str
    recorded: float = 0.0
    people: int = 0
    times: Mapping[str, float] = {}
    visits: tuple[Visit, ...] = ()
    guesses: Mapping[str, tuple[Guess, ...]] = {}
    page: str = ""
    error: str = ""
