"""What waits between two threads: the newest of each, and nothing is lost without being counted."""

from __future__ import annotations

from collections import Counter
from threading import Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.graph.newest import Newest

PUT_OR_TAKEN = st.lists(st.one_of(st.sampled_from("abc"), st.integers(1, 3)))
"""A key to put a value of, or how many values to take."""


@settings(deadline=None)
@given(PUT_OR_TAKEN)
def test_every_value_is_taken_or_replaced_by_a_newer_one_and_counted(steps: list[str | int]) -> None:
    newest: Newest[int] = Newest()
    put: Counter[str] = Counter()
    last: dict[str, int] = {}
    taken: Counter[str] = Counter()
    held: set[str] = set()
    for number, step in enumerate(steps):
        if isinstance(step, str):
            newest.put(step, number)
            put[step] += 1
            last[step] = number
            held.add(step)
        elif held:
            values = newest.take(step)
            assert 1 <= len(values) <= step
            assert all(last[key] == value for key, value in values.items())
            taken.update(values.keys())
            held -= values.keys()
    assert all(taken[key] + newest.dropped.get(key, 0) + (key in held) == put[key] for key in put)


def test_who_has_waited_longest_is_taken_first_even_if_newer_values_came() -> None:
    newest: Newest[int] = Newest()
    for key, value in (("slow", 1), ("quick", 2), ("slow", 3)):
        newest.put(key, value)
    assert newest.take(1) == {"slow": 3}
    assert newest.take(1) == {"quick": 2}


def test_closing_lets_go_of_who_waits() -> None:
    newest: Newest[int] = Newest()
    taken: list[dict[str, int]] = []
    waiting = Thread(target=lambda: taken.append(newest.take(1)))
    waiting.start()
    newest.close()
    waiting.join(5.0)
    assert taken == [{}]


def test_who_waits_for_everything_to_be_taken_goes_on_when_it_is() -> None:
    newest: Newest[int] = Newest()
    newest.put("a", 1)
    waiting = Thread(target=newest.wait_until_taken)
    waiting.start()
    assert waiting.is_alive()
    newest.take(1)
    waiting.join(5.0)
    assert not waiting.is_alive()
