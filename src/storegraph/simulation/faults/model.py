"""What goes wrong with a stream of measurements, said as data; `breaking` does it to streams."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from storegraph.store.model import Part

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Fault(Part):
    """Something wrong with some streams for some time.

    Attributes:
        kind: `drop` loses messages; `delay` lets them come later; `duplicate` brings them twice; `reorder` mixes their
            order; `freeze` repeats the last values; `nan` makes values NaN; `skew` shifts stamps; `offset` adds to
            values; `drift` adds ever more to them; `crash` silences the stream, as a driver that dies.
        stream: Relative topic names, with `*` for any characters: `scales/*/samples`.
        scales: Of scale samples only these scales; all where empty.
        begin: From when on, seconds since the beginning.
        end: Until when.
        share: Of `drop`, `delay`, `duplicate`, `reorder`: share of the messages it befalls.
        seconds: Of `delay` at most, of `reorder` at most, and of `skew` (may be negative).
        amount: Of `offset` in the units of the values (grams, pixels, metres), of `drift` those a second.
    """

    kind: Literal["drop", "delay", "duplicate", "reorder", "freeze", "nan", "skew", "offset", "drift", "crash"]
    stream: str
    scales: tuple[str, ...] = ()
    begin: Seconds = 0.0
    end: float = math.inf
    share: Share = 1.0
    seconds: float = 0.0
    amount: float = 0.0

    @field_validator("end")
    @classmethod
    def _after_it_begins(cls, end: float, info: ValidationInfo) -> float:
        if end <= info.data.get("begin", -math.inf):
            raise ValueError(f"must be later than begin, {info.data['begin']:g} s")
        return end

    @field_validator("seconds")
    @classmethod
    def _not_back_in_time(cls, seconds: float, info: ValidationInfo) -> float:
        if seconds < 0 and info.data.get("kind") != "skew":
            raise ValueError("must not be negative; only skew goes both ways")
        return seconds
