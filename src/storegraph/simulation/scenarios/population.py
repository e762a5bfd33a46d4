"""How the people of a scenario are built and how they walk: drawn from what people are like."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ..script import Body
from .language import Person

AGES = {"child": (5.0, 12.0), "adult": (18.0, 65.0), "elder": (66.0, 90.0)}
"""Years, by age group. Below five, children are carried or pushed."""

_AGE = (4, 5, 8, 11, 14, 17, 19, 30, 70, 80, 100)
_STATURE = (1.03, 1.10, 1.27, 1.44, 1.615, 1.69, 1.70, 1.70, 1.66, 1.635, 1.61)
"""Mean stature by age, metres, mean of the sexes: to 19 the medians of the WHO Reference 2007 (de Onis et al., Bull.
World Health Organ. 85:660), which at 19 agree with NHANES III (males 1.76, females 1.63); from 30 on less what Sorkin,
Muller and Andres measured (Am. J. Epidemiol. 150:969, 1999: 3 and 5 cm lost by 70, 5 and 8 cm by 80)."""

_CHILD_SPREAD = 0.046
"""Standard deviation of stature in children of one age, of the mean (the S of the same WHO tables, 0.041 to 0.048)."""

_ADULT_SPREAD = 0.056
"""In adults, both sexes together: 7.2 and 6.6 cm within a sex (US National Health Survey 1960-62, Series 11 No. 8), and
13 cm between their means."""

_BUILD_SPREAD = 0.10
"""Of the logarithm of breadth. At one stature breadth goes with the root of the body mass index, of which the standard
deviation is a fifth of the mean (NHANES)."""

_TAILS = 2.0
"""Standard deviations beyond which nobody is drawn: one in twenty, whom the model of the body does not fit."""

_PACE = 1.16
"""Mean speed of people who walk free while shopping, m/s (Weidmann, Transporttechnik der Fussgaenger, 1993)."""

_PACE_SPREAD = 0.19
"""Standard deviation of it, of the mean (0.26 of 1.34 m/s over all purposes; Weidmann)."""

_PACES = (0.6, 1.6)
"""Slowest and fastest, m/s: nobody runs."""


def drawn_body(person: Person, generator: Generator) -> Body:
    """Somebody's body, within what the scenario says of it."""
    age = generator.uniform(*(person.age or AGES[person.age_group]))
    stature = _mean_stature(age) * (1 + (_CHILD_SPREAD if age < 18 else _ADULT_SPREAD) * _deviation(generator))
    if person.stature:
        stature = generator.uniform(*person.stature)
    build = np.exp(_BUILD_SPREAD * _deviation(generator))
    return Body(
        stature=round(float(stature), 3),
        build=round(float(build), 3),
        age=round(age, 1),
        looks=int(generator.integers(2**31)),
    )


def drawn_pace(body: Body, generator: Generator) -> float:
    """How fast somebody walks free, m/s.

    Speed goes with the root of the length of the legs (Alexander's rule of equal Froude numbers), and falls with age,
    by 0.8 by 80 (Bohannon and Williams Andrews, Physiotherapy 97:182, 2011).
    """
    legs = np.sqrt(body.stature / 1.70)
    years = np.interp(body.age, (60, 80), (1.0, 0.8))
    return round(float(np.clip(_PACE * legs * years * (1 + _PACE_SPREAD * _deviation(generator)), *_PACES)), 3)


def _mean_stature(age: float) -> float:
    return float(np.interp(age, _AGE, _STATURE))


def _deviation(generator: Generator) -> float:
    """Of a normal distribution, in its standard deviations, without its tails."""
    while abs(deviation := generator.standard_normal()) > _TAILS:
        pass
    return float(deviation)
