"""What the graph says, as the books are told it."""

from __future__ import annotations

from storegraph.observations import Cart, GateEvent, Observation, Passage, Receipt

from .inputs import ChangeCart, Enter, Input, Leave


def input_of(observation: Observation) -> Input | None:
    """What an observation tells the books; None for what they have nothing to do with."""
    match observation:
        case GateEvent(passage=Passage.ENTRY) if observation.shopper_id:
            return Enter(
                stamp=observation.stamp,
                visit=f"{observation.shopper_id}@{observation.stamp}",
                shopper=observation.shopper_id,
                party=observation.party,
                token=observation.credential,
                derived=observation.derived,
            )
        case Cart():
            return ChangeCart(observation)
        case Receipt():
            return Leave(observation)
        case _:
            return None
