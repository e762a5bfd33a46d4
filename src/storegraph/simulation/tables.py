"""The library of scenarios, and what really happened, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from storegraph.graph.tables import local_time
from storegraph.store.model import Store

from .scenarios.language import Scenario
from .script import Credential
from .truth import Happened, TruePerson


def scenarios_table(scenarios: Iterable[Scenario]) -> Table:
    """Names, and what each is about."""
    table = Table()
    table.add_column("Scenario", no_wrap=True)
    table.add_column("What happens", overflow="fold")
    for scenario in scenarios:
        table.add_row(scenario.name, scenario.summary)
    return table


def truth_table(happened: Happened, store: Store) -> Table:
    """Who was there, and what they owe."""
    products = store.products()
    table = Table(title="What really happened", title_justify="left")
    table.add_column("Who", no_wrap=True)
    table.add_column("Pays with", no_wrap=True)
    table.add_column("Inside", no_wrap=True)
    table.add_column("Owes", overflow="fold")
    for person in happened.people:
        goods = happened.receipts.get(person.name, {})
        owes = "\n".join(f"{count} x {products[gtin].name}" for gtin, count in goods.items())
        staff = person.credential is Credential.CREW
        table.add_row(
            person.name,
            "nothing, is staff" if staff else person.party,
            _inside(person, store),
            Text(owes) if owes else Text("nothing", style="italic"),
        )
        table.add_section()
    return table


def _inside(person: TruePerson, store: Store) -> str:
    entered, left = (local_time(stamp, store) if stamp else "?" for stamp in (person.entered, person.left))
    return f"{entered}-{left}"
