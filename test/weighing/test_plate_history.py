"""What a history keeps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storegraph.weighing.history import History


@given(st.integers(1, 7), st.lists(st.integers(0, 7), max_size=30))
def test_the_last_rows_are_those_added_last(rows, lengths):
    history: History[np.float64] = History(rows, (2,))
    added = [np.zeros(2)] * rows
    for number, length in enumerate(lengths):
        block = np.full((min(length, rows), 2), float(number)) + np.arange(min(length, rows))[:, np.newaxis]
        history.append(block)
        added += list(block)
        history.push(np.full(2, -float(number)))
        added.append(np.full(2, -float(number)))
        for count in range(1, rows + 1):
            assert np.array_equal(history.last(count), added[-count:])
            assert np.array_equal(history.ago(count - 1), added[-count])
