"""Scale samples -> weight events, under ROS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.node import StageNode
from storegraph.observations import Observation, ScaleCondition, ScaleFault
from storegraph.store.model import Store

from .stage import WeighingStage


class WeighingNode(StageNode):
    """Beside what every stage's node tells, which scales cannot be used."""

    def set_up(self, store: Store, settings: Any) -> None:
        """Makes the stage; all scales count as usable until it says otherwise."""
        self._conditions: dict[str, ScaleCondition] = {}
        super().set_up(store, settings)

    def published(self, observation: Observation) -> None:
        """Notes the condition of scales."""
        if isinstance(observation, ScaleFault):
            self._conditions[observation.scale] = observation.condition

    def statuses(self) -> Iterator[Status]:
        """Adds the scales that are silent or stuck."""
        yield from super().statuses()
        ailing = {
            scale: condition.name.lower()
            for scale, condition in sorted(self._conditions.items())
            if condition is not ScaleCondition.OK
        }
        unknown = sorted(cast(WeighingStage, self.stage).unknown_scales)
        told = [f"{scale} is {condition}" for scale, condition in ailing.items()]
        told += [f"{scale} is not in the store file" for scale in unknown]
        yield Status(Level.WARN if told else Level.OK, "scales", ", ".join(told) or "all scales can be used", ailing)
