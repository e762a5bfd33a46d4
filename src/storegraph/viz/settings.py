"""What the nodes that show the store are set to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from storegraph.settings import Live, Range, Span
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class VizSettings:
    """What is drawn for how long, in event time, and how often.

    Attributes:
        rate: Pictures a second at most; people move on smoothly at ten.
        trail: How much of each shopper's way is drawn.
        change_shown: Until a change of weight has faded: time to look there, and not yet the next shopper's.
        interaction_shown: An arrow is shown so long after its weight event: time to read its text.
        passage_shown: A gate is lit so long after a passage: people follow each other through it.
    """

    rate: Annotated[float, Range(0.2, 30.0, "Hz"), Live()] = 10.0
    trail: Annotated[int, Span(0.0, 600.0), Live()] = 15 * NANOSECONDS
    change_shown: Annotated[int, Span(0.1, 600.0), Live()] = 10 * NANOSECONDS
    interaction_shown: Annotated[int, Span(0.0, 600.0), Live()] = 5 * NANOSECONDS
    passage_shown: Annotated[int, Span(0.0, 600.0), Live()] = 3 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """What the node that draws people on pictures is set to.

    Attributes:
        quality: Of the pictures, as JPEG counts it.
    """

    quality: Annotated[int, Range(1, 100), Live()] = 80


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What the bridge to viewers in a browser is set to.

    Attributes:
        host: Address that viewers connect to; 0.0.0.0 lets every machine of the network see the store.
        port: TCP port that viewers connect to; 0 takes a free one.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Range(0, 65535)] = 8765
