"""Reading scenario files, and the library of named scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from storegraph.store.errors import StoreError
from storegraph.store.model import Part
from storegraph.store.named_file import file_of, names_in
from storegraph.store.problem import KeyPath, Problem, nearest, shown
from storegraph.store.source import Source
from storegraph.store.structure import problems_of_structure

from ..errors import ScenarioError, SimulationError
from ..faults.model import Fault
from .language import Goods, Person, Scenario, ScenarioFile, Shopping
from .language_steps import STEPS, Step, Wait
from .playable import problems_of_names, problems_of_play

_LIBRARY = "config/scenarios"

P = TypeVar("P", bound=Part)


def scenario_names() -> tuple[str, ...]:
    """The named scenarios of the library, by name.

    Raises:
        ShareError: The library is not installed.
    """
    return names_in(_LIBRARY)


def load_scenario(name_or_path: Path | str) -> Scenario:
    """Reads and checks a scenario.

    Args:
        name_or_path: A name of the library, or a file that ends with `.yaml`.

    Returns:
        The scenario: each part is as the model promises, and the people can play it, if the store has such goods.

    Raises:
        SimulationError: The library has no such scenario.
        ScenarioError: The file cannot be read, or has problems; all of them are told at once. Whether the people can
            play it is asked once everything is as the language has it.
    """
    try:
        source = Source(file_of(name_or_path, _LIBRARY, "scenario of the library", SimulationError))
    except StoreError as error:
        raise ScenarioError(error.problems) from None
    reading = _Reading()
    scenario = reading.scenario(source.data, source.path.stem)
    problems = [*source.problems, *reading.problems]
    problems += problems_of_names(scenario)
    if not problems:
        problems += problems_of_play(scenario)
    if problems:
        raise ScenarioError(_placed(problems, source))
    return scenario


def with_random(
    scenario: Scenario, *, people: int | None = None, rate: float | None = None, skill: float | None = None
) -> Scenario:
    """The scenario with other random people; what is None stays as it is.

    Args:
        scenario: One with `shopping`.
        people: At most so many at once.
        rate: Arrivals a minute.
        skill: Of the adversary, 0 to 1.

    Raises:
        SimulationError: The scenario has no random people, or a number is not allowed.
    """
    changed = {
        key: value for key, value in {"people": people, "rate": rate, "skill": skill}.items() if value is not None
    }
    if not changed:
        return scenario
    if scenario.shopping is None:
        raise SimulationError(
            f"scenario {scenario.name}: {', '.join(changed)} cannot be changed, as nobody in it is random; "
            "the scenario `shopping` has random people"
        )
    try:
        shopping = Shopping.model_validate({**dict(scenario.shopping), **changed}, strict=True)
    except ValidationError as error:
        told = "; ".join(map(str, problems_of_structure(error, Shopping)))
        raise SimulationError(f"scenario {scenario.name}: {told}") from None
    return scenario.model_copy(update={"shopping": shopping})


class _Reading:
    """Makes the parts of a scenario one by one; what is wrong is written down, and something harmless stands for it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def scenario(self, data: Any, name: str) -> Scenario:
        """The whole file."""
        nobody = Scenario(name=name, summary="-")
        content = self._mapping(data, ())
        if content is None:
            return nobody
        sections: dict[str, Any] = {}
        if "goods" in content:
            entries = self._mapping(content["goods"], ("goods",)) or {}
            sections["goods"] = {key: self._goods(entry, ("goods", key)) for key, entry in entries.items()}
        if "people" in content:
            people = enumerate(self._list(content["people"], ("people",)))
            sections["people"] = tuple(self._person(entry, ("people", index)) for index, entry in people)
        if "faults" in content:
            faults = enumerate(self._list(content["faults"], ("faults",)))
            read = (self._part(Fault, entry, ("faults", index)) for index, entry in faults)
            sections["faults"] = tuple(fault or Fault(kind="drop", stream="*") for fault in read)
        if "shopping" in content:
            sections["shopping"] = self._part(Shopping, content["shopping"], ("shopping",))
        file = self._part(ScenarioFile, content | sections, ()) or nobody.model_copy(update=sections)
        return Scenario.model_construct(**dict(file) | {"name": name})

    def _goods(self, entry: Any, path: KeyPath) -> Goods:
        if entry == "any":
            return Goods()
        if isinstance(entry, str):
            text = f"{shown(entry)} is not allowed; it takes any, or a mapping of what the goods must be"
            self.problems.append(Problem(path, text))
            return Goods()
        return self._part(Goods, entry, path) or Goods()

    def _person(self, entry: Any, path: KeyPath) -> Person:
        content = self._mapping(entry, path) or {}
        steps = enumerate(self._list(content.get("does", ()), (*path, "does")))
        does = tuple(self._step(entry, (*path, "does", index)) or Wait(seconds=0) for index, entry in steps)
        person = self._part(Person, content | {"does": does}, path) if content else None
        return person or Person.model_construct(name=str(content.get("name", "")), does=does)

    def _step(self, entry: Any, path: KeyPath) -> Step | None:
        if isinstance(entry, str) and entry in STEPS:
            entry = {entry: {}}
        if not isinstance(entry, dict) or len(entry) != 1:
            text = f"{shown(entry)} is no step; one is written as `- take: milk` or `- take: {{goods: milk, count: 2}}`"
            self.problems.append(Problem(path, text))
            return None
        ((word, content),) = entry.items()
        if word not in STEPS:
            self.problems.append(
                Problem((*path, word), f"is no step{nearest(word, STEPS)}; steps are {', '.join(STEPS)}")
            )
            return None
        model = STEPS[word]
        return self._part(model, content if isinstance(content, dict) else {model.SHORT: content}, (*path, word))

    def _part(self, model: type[P], entry: Any, path: KeyPath) -> P | None:
        try:
            return model.model_validate(entry, strict=True)
        except ValidationError as error:
            found = problems_of_structure(error, model)
            self.problems += [Problem((*path, *problem.path), problem.text) for problem in found]
            return None

    def _mapping(self, entry: Any, path: KeyPath) -> dict[str, Any] | None:
        if isinstance(entry, dict):
            return entry
        self.problems.append(Problem(path, f"{shown(entry)} must be a mapping of keys to values"))
        return None

    def _list(self, entry: Any, path: KeyPath) -> tuple[Any, ...]:
        if isinstance(entry, tuple):
            return entry
        self.problems.append(Problem(path, f"{shown(entry)} must be a list"))
        return ()


def _placed(problems: Iterable[Problem], source: Source) -> list[str]:
    """Problems as lines, in the order of the file."""
    lines = {
        (source.line(problem.path), f"{source.path}:{source.line(problem.path)}: {problem}") for problem in problems
    }
    return [line for _, line in sorted(lines)]
