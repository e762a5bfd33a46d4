"""What simulated scales are like: figures fitted to a recording of a real store."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """How a positive figure varies: its logarithm is normally distributed.

    Attributes:
        median: In the unit of the figure.
        sigma: Standard deviation of the natural logarithm.
    """

    median: float
    sigma: float

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """So many values of it, shape [count]."""
        drawn: Floats = self.median * np.exp(self.sigma * random.standard_normal(count))
        return drawn


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """What the scales of a store are like.

    "Real" is AutoCheckout's BENCHMARK-1, 17 s of 240 plates of four gondolas and one shopper; docs/realism.md has the
    figures beside those of a simulation, and the command that computes both.

    Attributes:
        rate: Samples a second. Real: 60.
        batch: Samples in a message. Real: 12.
        resolution: Step of the converter, grams. Real: every plate reads multiples of 0.24097.
        offset: Readings are not zeroed; scale of a Student's t distribution with 2 degrees of freedom, grams. Real: the
            5th percentile, the median and the 95th of a gondola's readings lie 300 to 3700 g apart, single plates read
            -5.5 and +9.5 kg; what of it is goods nobody knows.
        drift: Standard deviation of a plate's steady drift, grams a second. Real: over 7.4 s half of the plates moved
            by less than 0.13 g, of which noise explains most.
        white: White noise of a plate, standard deviation, grams. Real: by gondola 0.39 to 0.57 from 3 to 6 Hz and 0.29
            to 0.50 above 18 Hz, as if it were white from 0 to 30 Hz.
        sway: Amplitude of a slow oscillation of every plate, grams. Real: medians 0.32 to 0.46, 90th percentiles 0.9 to
            2.2, up to 7.6.
        sway_rate: Its frequency, mean and standard deviation, Hz. Real: 1.5, each plate its own, phases unrelated; a
            faint second harmonic. So would mains hum look that each converter samples by a clock of its own.
        sway_harmonic: Amplitude of the second harmonic, as a share. Real: in the median 0.09 g beside 0.30 g, of which
            noise is 0.065 g.
        hum: Amplitude of a fast oscillation, grams. Real: medians 0.15 to 0.50, 90th percentiles 0.6 to 1.65.
        hum_rate: Its frequency, the same for the whole store, Hz. Real: 24.4 on all gondolas, as of a machine.
        ring_rate: Frequency with which a shelf rings, Hz. Real: shelves peak at 7 to 25 while somebody walks.
        ring_rate_spread: How much a plate's differs from its shelf's, standard deviation of the logarithm. Real: on
            most shelves all plates peak within 5 %, on some of gondola 1 they differ by a quarter.
        damping: Damping ratio of the ringing. Real: where the vibration of a shelf falls fastest, it falls to 1/e in
            0.36 to 0.60 s.
        footfall: Vibration of a plate at the moment of a footfall of a grown-up beside it: standard deviation that it
            would have if it went on, grams; the geometric mean of all plates.
        fixture_spread: How much the vibration differs from fixture to fixture, standard deviation of the logarithm.
            Real: 0.85, of four.
        shelf_spread: From shelf to shelf of a fixture. Real: 0.3 to 1.1.
        plate_spread: From plate to plate of a shelf. Real: 0.44 to 0.77.
        footfall_spread: From footfall to footfall. Real: the peaks of one walk differ by a factor of two.
        fading: Distance over which a footfall's effect falls to 1/e, metres. Real: as the shopper walked 2.3 m from
            gondola 4 to gondola 1, the ratio of their vibrations changed by 2.5, which is 1/e in 5 m for each.
        floor: Time in which the floor comes to rest to 1/e after a footfall, seconds. Real: 0.12 on the gondola that
            rings least.
        ambient: Vibration that is always there, as a share of `footfall`. Real: at rest a tenth of that in walking,
            where it can be told from white noise.
        kick: Amplitude of the ringing after a sudden load, as a share of the load. Real: 5 g after 623 g in 0.08 s, of
            one step.
        knock: Vibration of a plate when a hand grips goods there or lets go, as of `footfall`, grams. Real: the plate
            of the bottle swings by 5 g when the bottle is gone.
        beside: Largest share of a load that the plate beside it reads; each pair of plates has its own. Real: plates
            one and two to the left read 1.0 and 1.4 % of 623 g, to the right none.
        beyond: As `beside`, for the second plate to either side.
        above: As `beside`, for the nearest plates of the shelves above and below. Real: none that can be told from
            the noise, which would hide 0.1 %.
        tremor: Unsteadiness of a hand's force, standard deviation as a share. A finger's isometric force is never
            steadier than 0.017 (Taylor, Christou and Enoka, J Neurophysiol 90, 2003); a standing body's hand is worse.
        slow: Goods that take longer than this to lift are lifted unevenly, seconds.
        held: Share of the messages in which a plate repeats every third reading. Real: 6 % of the readings of shaken
            plates repeat the one before exactly, in spells of 2 to 20, mostly every third; resolution explains 1 %.
        capacity: A plate reads no more load than this, up or down, grams. Ours: a 20 kg cell; the recording has no
            overload.
        delay: From the last sample of a message to its receipt, at least, seconds. Ours: the recording's messages
            arrive 0.095 s after the stamp of their first sample though they span 0.183 s, so its stamps are not what
            they are said to be.
        jitter: Mean of what comes on top, exponential, seconds. Real: half of the messages come within 2 ms.
        stalls: Share of messages that come later by up to `stall`. Real: 3 %.
        stall: Seconds. Real: up to 0.09.
        dead: Scales that read nothing (NaN).
        stuck: Scales that always read the same.
    """

    rate: float = 60.0
    batch: int = 12
    resolution: float = 987 / 4096
    offset: float = 400.0
    drift: float = 0.002
    white: Spread = Spread(0.32, 0.3)
    sway: Spread = Spread(0.37, 1.0)
    sway_rate: tuple[float, float] = (1.52, 0.07)
    sway_harmonic: float = 0.12
    hum: Spread = Spread(0.33, 0.9)
    hum_rate: float = 24.43
    ring_rate: Spread = Spread(17.0, 0.35)
    ring_rate_spread: float = 0.08
    damping: Spread = Spread(0.032, 0.5)
    footfall: float = 6.0
    fixture_spread: float = 0.85
    shelf_spread: float = 0.7
    plate_spread: float = 0.5
    footfall_spread: float = 0.45
    fading: float = 5.0
    floor: float = 0.12
    ambient: float = 0.025
    kick: float = 0.015
    knock: float = 6.0
    beside: float = 0.016
    beyond: float = 0.016
    above: float = 0.001
    tremor: float = 0.04
    slow: float = 0.8
    held: float = 0.15
    capacity: float = 20_000.0
    delay: float = 0.011
    jitter: float = 0.003
    stalls: float = 0.03
    stall: float = 0.09
    dead: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


DEFAULTS = ScaleSettings()
"""What scales are like where nobody says otherwise."""
