"""What weighing is set to, and what it finds on one scale before it looks at the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from storegraph.settings import Range


@dataclass(frozen=True, slots=True)
class WeighingSettings:
    """Settings of the weighing stage.

    Where a reason says "measured", `test/benchmarks/weighing.py RECORDING` prints the figure.

    Attributes:
        block: Length of a processing block, seconds. A level is read from a window of three blocks: long enough that
            the taper suppresses ringing above 4 Hz, short enough that a plateau of 0.6 s between two picks always
            holds a whole window.
        learning: How long a scale is watched before it may report, seconds: at least a full period of the slowest sway
            (0.8 Hz measured) and a half.
        level_memory: Time constant with which the level of a resting scale is followed, seconds: fast beside drift
            (grams in an hour), slow beside a pick-up (30 g in a few seconds).
        noise_memory: Time constant of the noise model, seconds: some eight periods of the slowest sway.
        vibration_leak: Share of the variance inside a block that leaks into a level reading while a fixture shakes.
            Measured by fixture: median 0.009 to 0.019, 95th percentile 0.039 to 0.069; between the two.
        vibration_drift: The same for the difference of two block means. Measured: median 0.047 to 0.082, 95th
            percentile 0.10 to 0.26.
        opening: A deviation of so many standard errors is looked into; about one block in 16,000 of Gaussian noise.
        steadiness: Block means within so many standard errors of each other make a plateau.
        certainty: A change of so many standard errors is an event. Of the 10^8 blocks of a day (300
            scales, 14 hours) Gaussian noise exceeds it in some 50, and `least_change` with a plateau in hardly any.
        least_change: Smaller changes are never events, grams: half of the lightest goods (30 g).
        adoption: How long a small deviation must stand to be taken for drift, seconds.
        tremor: Relative unsteadiness (standard deviation) that marks an added load as a hand. A finger's isometric
            force is never steadier than 1.7 % (Taylor, Christou and Enoka, J Neurophysiol 90, 2003, p. 1350), of
            which a window sees only the fast part.
        patience: After so long without a plateau the unrest itself is taken for the scale's noise, seconds: longer
            than a slow pick-up.
        cross_talk_share: A change of at most this share of a simultaneous one on the same fixture came through the
            frame. Measured: at most 0.017 (10.6 g for 623 g); about twice that.
        adjacency: Scales at most so far apart may carry goods together, metres: plates of a shelf touch
            but for a few millimetres.
        same_course: Halves of two changes at most so far apart belong to one movement, seconds. Judged, not
            measured: goods that tilt leave two scales within a tenth, two people seldom reach so nearly together.
        partner_wait: How long a decided change waits for a moving partner, seconds: one window.
        silent_after: A scale without readings for so long is silent, seconds; a shorter outage is bridged.
        stuck_after: A scale with exactly one value for so long is stuck, seconds. Live scales of coarse resolution
            stand still for 8 s (measured: the longest run of equal values in a scale that later moves).
        jitter: A stamp at most so far from where the samples before it end continues them, seconds.
    """

    block: Annotated[float, Range(0.05, 1.0, "s")] = 0.15
    learning: Annotated[float, Range(0.5, 60.0, "s")] = 2.0
    level_memory: Annotated[float, Range(0.1, 600.0, "s")] = 2.0
    noise_memory: Annotated[float, Range(1.0, 600.0, "s")] = 10.0
    vibration_leak: Annotated[float, Range(0.0, 1.0)] = 0.03
    vibration_drift: Annotated[float, Range(0.0, 1.0)] = 0.15
    opening: Annotated[float, Range(1.0, 20.0)] = 4.0
    steadiness: Annotated[float, Range(1.0, 20.0)] = 4.0
    certainty: Annotated[float, Range(1.0, 20.0)] = 5.0
    least_change: Annotated[float, Range(0.1, 10000.0, "g")] = 15.0
    adoption: Annotated[float, Range(0.1, 60.0, "s")] = 2.0
    tremor: Annotated[float, Range(0.0, 1.0)] = 0.01
    patience: Annotated[float, Range(1.0, 600.0, "s")] = 8.0
    cross_talk_share: Annotated[float, Range(0.0, 1.0)] = 0.036
    adjacency: Annotated[float, Range(0.0, 1.0, "m")] = 0.02
    same_course: Annotated[float, Range(0.0, 10.0, "s")] = 0.15
    partner_wait: Annotated[float, Range(0.0, 10.0, "s")] = 0.45
    silent_after: Annotated[float, Range(0.1, 3600.0, "s")] = 2.0
    stuck_after: Annotated[float, Range(1.0, 86400.0, "s")] = 60.0
    jitter: Annotated[float, Range(0.0, 1.0, "s")] = 0.05


DEFAULTS = WeighingSettings()
"""What weighing is set to where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class PlateChange:
    """The level of one scale changed.

    Attributes:
        scale: Scale id.
        begin: The reading left its level, nanoseconds since the Unix epoch.
        middle: Half of the change was done.
        end: The reading reached its new level.
        decided: Last sample that the decision rests on.
        delta: Grams.
        sigma: Standard error of `delta`, grams.
    """

    scale: str
    begin: int
    middle: int
    end: int
    decided: int
    delta: float
    sigma: float
