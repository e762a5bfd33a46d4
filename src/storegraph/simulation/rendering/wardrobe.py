"""What people wear and how they look: drawn from the seed of a body, and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from storegraph.simulation.chance import chance
from storegraph.simulation.script import Body

Colour = tuple[float, float, float]
"""Linear reflectance of red, green, blue, 0 to 1."""

ADULT = 15.0
"""Years from which on people are dressed and shaped as men or women."""


class Hair(Enum):
    """How hair is cut."""

    BALD = "bald"
    SHORT = "short"
    BOB = "bob"
    LONG = "long"


class Pattern(Enum):
    """What is on cloth."""

    PLAIN = "plain"
    STRIPES = "stripes"
    CHECKS = "checks"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Looks:
    """How somebody looks. Lengths along a limb: 0 at the shoulder or hip, 1 at the elbow or knee, 2 at the end.

    Attributes:
        female: 0 for a man's body, 1 for a woman's.
        origins: Weights of Anny's African, Asian and European faces.
        muscle: 0 to 1.
        skin: Colour.
        hair: How it is cut.
        hair_colour: Colour; of brows and beard too.
        beard: Whether there is one.
        top: Colour of what is worn above.
        top_pattern: On it.
        accent: Second colour of the pattern.
        sleeve: Length along the arm.
        hem: Where the top ends, as a share of the trunk above the hips; negative below them.
        open_front: Half the breadth in which an open jacket shows what is below, metres; 0 where closed.
        inner: Colour below an open jacket.
        bottom: Colour of trousers or skirt.
        leg: Length of trousers along the leg; 0 under a skirt.
        skirt: Length of a skirt, metres below the hips; 0 without one.
        shoes: Colour.
        sole: Colour.
        loose: How far cloth stands off the body, metres.
    """

    female: float
    origins: tuple[float, float, float]
    muscle: float
    skin: Colour
    hair: Hair
    hair_colour: Colour
    beard: bool
    top: Colour
    top_pattern: Pattern
    accent: Colour
    sleeve: float
    hem: float
    open_front: float
    inner: Colour
    bottom: Colour
    leg: float
    skirt: float
    shoes: Colour
    sole: Colour
    loose: float


# sRGB, as one picks them from photographs of people in shops; converted below.
_SKINS = ("f1d0bb", "e8beac", "dfae90", "d09a77", "c58c66", "a8714b", "8a5a3b", "6b4430", "523426")
_HAIRS = ("17120f", "2a1d16", "3d2a1e", "5a3d28", "7b5733", "a47a45", "c9a76a", "7a3b22")
_GREYS = ("8d8a86", "b5b2ad", "d6d3ce")
_TOPS = (
    ("1f2430", 3), ("2d3b58", 3), ("3f5f8a", 2), ("86a5c9", 2), ("d9dde2", 3), ("f0eee8", 3), ("6d7075", 3),
    ("9ba0a5", 2), ("23272a", 3), ("7c2430", 2), ("b33a3a", 1), ("a8562f", 1), ("caa24a", 1), ("3f5b3f", 2),
    ("6f8560", 1), ("5b3f5f", 1), ("c98fa0", 1), ("2f6f73", 1), ("c7b299", 2), ("8a6d52", 2),
)  # fmt: skip
_BOTTOMS = (
    ("232a3d", 5), ("33456a", 4), ("5a7298", 3), ("1c1d20", 5), ("3b3d42", 3), ("6c6a63", 2), ("a8997c", 2),
    ("4c4436", 2), ("cfc8ba", 1), ("4a2c2c", 1),
)  # fmt: skip
_SHOES = (("1b1a1a", 5), ("e4e2de", 4), ("5c4531", 3), ("2b3550", 2), ("8c8c8c", 1), ("a33b35", 1))


def looks_of(body: Body) -> Looks:
    """How somebody looks, by the seed in `body.looks`, as their age allows."""
    draw = chance(body.looks, "looks")
    grown = body.age >= ADULT
    female = float(draw.random() < 0.5)
    tone = int(draw.integers(len(_SKINS)))
    darkness = tone / (len(_SKINS) - 1)
    origin = np.array([darkness, 0.25, 1.0 - darkness]) * draw.uniform(0.5, 1.5, 3)
    grey = draw.random() < (body.age - 45) / 30
    natural = _HAIRS[: max(3, len(_HAIRS) - tone * 2)]
    hair_colour = _linear(str(draw.choice(_GREYS if grey else natural)))
    jacket = bool(draw.random() < 0.35)
    skirt = float(draw.uniform(0.35, 0.6)) if female and draw.random() < 0.22 else 0.0
    shorts = bool(draw.random() < (0.12 if grown else 0.3))
    patterns = (Pattern.PLAIN, Pattern.STRIPES, Pattern.CHECKS, Pattern.PRINT)
    return Looks(
        female=female if grown else 0.5,
        origins=(float(origin[0]), float(origin[1]), float(origin[2])),
        muscle=float(draw.uniform(0.35, 0.65)),
        skin=_linear(_SKINS[tone]),
        hair=_cut(draw, female, body.age),
        hair_colour=hair_colour,
        beard=bool(grown and not female and draw.random() < 0.35),
        top=_of(draw, _TOPS),
        top_pattern=Pattern.PLAIN if jacket else patterns[int(draw.choice(4, p=(0.6, 0.15, 0.1, 0.15)))],
        accent=_of(draw, _TOPS),
        sleeve=float(draw.uniform(1.8, 1.95)) if jacket or draw.random() < 0.5 else float(draw.uniform(0.45, 0.75)),
        hem=float(draw.uniform(-0.12, 0.0)) if jacket else float(draw.uniform(-0.02, 0.12)),
        open_front=float(draw.uniform(0.04, 0.08)) if jacket and draw.random() < 0.6 else 0.0,
        inner=_of(draw, _TOPS),
        bottom=_of(draw, _BOTTOMS),
        leg=0.0 if skirt else float(draw.uniform(0.75, 1.05)) if shorts else float(draw.uniform(1.88, 2.0)),
        skirt=skirt,
        shoes=_of(draw, _SHOES),
        sole=_linear("d8d5cf") if draw.random() < 0.6 else _linear("1d1c1b"),
        loose=float(draw.uniform(0.012, 0.02)) if jacket else float(draw.uniform(0.004, 0.012)),
    )


def _cut(draw: np.random.Generator, female: float, age: float) -> Hair:
    cuts = (Hair.BALD, Hair.SHORT, Hair.BOB, Hair.LONG)
    bald = min(0.3, max(0.0, (age - 30) / 100))
    shares = (0.0, 0.25, 0.35, 0.4) if female else (bald, 0.95 - bald, 0.04, 0.01)
    return cuts[int(draw.choice(4, p=shares))]


def _of(draw: np.random.Generator, colours: Sequence[tuple[str, int]]) -> Colour:
    """One of the colours, by their weights, and a little beside it."""
    weights = np.array([weight for _, weight in colours], dtype=np.float64)
    colour = np.array(_linear(colours[int(draw.choice(len(colours), p=weights / weights.sum()))][0]))
    red, green, blue = np.clip(colour * draw.uniform(0.85, 1.15) * draw.uniform(0.95, 1.05, 3), 0.008, 0.85)
    return float(red), float(green), float(blue)


def _linear(code: str) -> Colour:
    """Linear reflectance of an sRGB colour, given as six hexadecimal digits (IEC 61966-2-1)."""
    values = np.array([int(code[place : place + 2], 16) / 255 for place in (0, 2, 4)])
    red, green, blue = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(red), float(green), float(blue)
