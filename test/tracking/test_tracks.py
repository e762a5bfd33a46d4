"""How long somebody who is lost is waited for."""

from __future__ import annotations

import pytest
from walkers import SECOND, START

from storegraph.tracking.model import DEFAULTS
from storegraph.tracking.tracks import Track


@pytest.mark.parametrize(("followed", "waited_for"), [(0.2, 2.0), (1.0, 5.0), (12.0, 60.0), (600.0, 60.0)])
def test_who_had_been_followed_for_a_second_only_is_not_waited_for_for_a_minute(
    followed: float, waited_for: float
) -> None:
    lost = START + round(followed * SECOND)
    track = Track("one", START, at_gate=False, seen={"north": lost}, in_two_views=lost, confirmed=True)

    def over(seconds: float) -> bool:
        return track.over(lost + round(seconds * SECOND), False, False, False, DEFAULTS)

    assert not over(waited_for - 0.1)
    assert over(waited_for + 0.1)
