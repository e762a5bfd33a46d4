"""Receipts, their lines and the answers about interactions beside the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from storegraph.evaluation.agreement import Agreement
from storegraph.evaluation.movements import Finding, Outcome, phrase
from storegraph.evaluation.receipts import Goods, compare
from storegraph.observations import Action, CartLine, Receipt
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .outcome import Guess, Line, Mistake, Visit


def visits_of(
    receipts: Sequence[Receipt],
    owed: Mapping[str, Goods],
    payer: Callable[[Receipt], str],
    mistakes: Mapping[str, tuple[Mistake, ...]],
) -> tuple[Visit, ...]:
    """A visit for everybody who owes something or is charged something, by payer.

    Args:
        receipts: Of the ledger.
        owed: Payer to what they left with.
        payer: Under which name `owed` has a receipt's shopper, or their party.
        mistakes: Payer to what was concluded wrongly of them.
    """
    lines: defaultdict[str, list[CartLine]] = defaultdict(list)
    for receipt in receipts:
        lines[payer(receipt)] += receipt.lines
    return tuple(
        Visit(
            payer=each.payer,
            owed=each.truth,
            charged=each.charged,
            in_doubt=each.in_doubt,
            review=each.review,
            lines=tuple(judged_lines(lines[each.payer], each.truth)),
            mistakes=mistakes.get(each.payer, ()),
        )
        for each in compare(receipts, owed, payer)
    )


def judged_lines(lines: Iterable[CartLine], owed: Goods) -> Iterator[Line]:
    """Which lines of a payer are right.

    Lines of one product share what is owed of it: the sure ones first, then the likelier ones. A line is right if all
    its items are owed, and the last of its product only if none is missing then.

    Args:
        lines: Of all receipts of the payer.
        owed: What they left with.
    """
    of_product: defaultdict[str, list[CartLine]] = defaultdict(list)
    for line in lines:
        of_product[line.gtin].append(line)
    for gtin, held in sorted(of_product.items()):
        left = owed.get(gtin, 0)
        held.sort(key=lambda line: (bool(line.doubt), -line.confidence, line.count))
        for place, line in enumerate(held, start=1):
            left -= line.count
            yield Line(
                gtin=gtin,
                count=line.count,
                probability=line.confidence,
                asked=bool(line.doubt),
                right=left == 0 if place == len(held) else left >= 0,
            )


def mistakes_of(agreement: Agreement, store: Store, begin: int) -> dict[str, tuple[Mistake, ...]]:
    """What was concluded wrongly, by the party of who did it or of who was thought to have done it.

    Args:
        agreement: Of a replay with its truth.
        store: Names of the products.
        begin: Of the recording, nanoseconds since the Unix epoch.
    """
    names = {product.gtin: product.name for product in store.catalogue}
    actor_of = agreement.identities.actor_of
    party_of = {person.name: person.party for person in agreement.truth.happened.people}
    found: defaultdict[str, list[Mistake]] = defaultdict(list)
    for finding in agreement.findings:
        if finding.outcome in (Outcome.FOUND, Outcome.NOTHING):
            continue
        best = finding.interaction.hypotheses[0] if finding.interaction else None
        concluded = actor_of.get(best.shopper_id, best.shopper_id) if best else ""
        really = finding.movements[0].actor if finding.movements else ""
        mistake = Mistake(
            second=round((finding.begin - begin) / NANOSECONDS, 1),
            outcome=finding.outcome.value,
            wrong=finding.wrong,
            really=phrase(really, finding.action, finding.items, names),
            concluded=phrase(concluded, best.action, best.items, names) if best else "no weight event",
        )
        for party in sorted({party_of.get(name, name) for name in (really, concluded) if name}):
            found[party].append(mistake)
    return {party: tuple(mistakes) for party, mistakes in found.items()}


def guesses_of(agreement: Agreement) -> dict[str, tuple[Guess, ...]]:
    """The likeliest answer of each interaction to WHO, WHAT and WHICH ACTION, and whether it is true.

    WHO is asked where goods moved. Of several people who moved goods within one interaction each is a true answer.
    """
    actor_of = agreement.identities.actor_of
    told: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in agreement.findings:
        if finding.interaction is not None:
            told[finding.interaction.event_id].append(finding)
    guesses: dict[str, list[Guess]] = {"who": [], "what": [], "action": []}
    for findings in told.values():
        interaction = findings[0].interaction
        assert interaction is not None
        if actors := {finding.movements[0].actor for finding in findings if finding.movements}:
            who = max(interaction.who, key=lambda each: each.probability)
            guesses["who"].append(_guess(who.probability, actor_of.get(who.shopper_id) in actors))
        what = max(interaction.what, key=lambda each: each.probability)
        guesses["what"].append(_guess(what.probability, any(what.items == each.items for each in findings)))
        action = max(Action, key=lambda each: interaction.action[each])
        guesses["action"].append(_guess(interaction.action[action], any(action is each.action for each in findings)))
    return {question: tuple(answers) for question, answers in guesses.items()}


def _guess(probability: float, true: bool) -> Guess:
    return Guess(probability=min(max(probability, 0.0), 1.0), true=true)
