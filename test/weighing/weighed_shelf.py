"""What weighing says about a simulated shelf."""

from __future__ import annotations

from collections.abc import Iterable

from plate_simulator import SECOND, PlateSimulator, shelf_store

from storegraph.observations import ScaleFault, ScaleSamples, WeightEvent
from storegraph.weighing import WeighingSettings, WeighingStage
from storegraph.weighing.model import DEFAULTS


def weigh(
    shelf: PlateSimulator, messages: Iterable[ScaleSamples] | None = None, settings: WeighingSettings = DEFAULTS
) -> list[WeightEvent | ScaleFault]:
    """Everything the stage says about a shelf."""
    stage = WeighingStage(shelf_store(shelf.plates), settings)
    outputs = [output for message in messages or shelf.messages() for output in stage.process(message)]
    return [*outputs, *stage.finish()]


def events_of(outputs: Iterable[WeightEvent | ScaleFault]) -> list[WeightEvent]:
    return [output for output in outputs if isinstance(output, WeightEvent)]


def faults_of(outputs: Iterable[WeightEvent | ScaleFault]) -> list[ScaleFault]:
    return [output for output in outputs if isinstance(output, ScaleFault)]


def seconds(shelf: PlateSimulator, stamp: int) -> float:
    return (stamp - shelf.stamp(0.0)) / SECOND
