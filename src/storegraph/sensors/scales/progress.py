"""How far the samples of a fixture have come, so that nobody has to wait for what will not come."""

from __future__ import annotations

from storegraph.graph.merge import BEGINNING
from storegraph.graph.operator import Promise
from storegraph.observations import ScaleSamples
from storegraph.units import NANOSECONDS


class Progress:
    """Promises about the samples of a fixture that one driver gives, and in order.

    Attributes:
        late: Messages that would have broken a promise: the clock of this machine was set back.
    """

    def __init__(self) -> None:
        self.late = 0
        self._promised = BEGINNING

    def takes(self, samples: ScaleSamples) -> bool:
        """Whether a message may still be given."""
        in_time = samples.stamp >= self._promised
        self.late += not in_time
        return in_time

    def after(self, samples: ScaleSamples) -> Promise:
        """What can be promised when a message has been given: the next one begins no earlier than this one ends.

        What was left out is a loss: goods may have been moved then.
        """
        self._promised = samples.stamp + round((len(samples.grams) - 1) * NANOSECONDS / samples.rate)
        return Promise(self._promised, (samples.stamp, samples.key), losses=self.late)
