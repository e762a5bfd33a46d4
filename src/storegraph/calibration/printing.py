"""Sheets to print, at their true size."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.atomic import whole_file

from .board import DICTIONARIES, Board, BoardError, parse_board

MARKER_FORM = "DICTIONARY:ID:SIZE, as in tag36h11:0:0.16"

PIXELS_A_METRE = 10_000
"""A tenth of a millimetre: finer than a printer's dots lie straight."""

MARGIN = 0.02
"""Metres of white around a sheet: a marker is found by the white about its black edge."""


def print_sheet(text: str, out: Path, *, replace: bool = False) -> tuple[float, float]:
    """Writes a board or marker as SVG; printed at 100 % it has its true size.

    Args:
        text: `charuco:5x7:0.04:0.03`, or `tag36h11:0:0.16`.
        out: The .svg file to make.
        replace: Whether it may be replaced.

    Returns:
        Width and height of the paper it takes, metres.

    Raises:
        BoardError: The text is neither.
        OutputError: The file is there and may not be replaced, or it cannot be written.
    """
    if text.startswith("charuco"):
        board: Board = parse_board(text)
        pixels, (width, height) = board.picture(PIXELS_A_METRE), board.size
    else:
        pixels, side = _marker(text)
        width = height = side
    paper = width + 2 * MARGIN, height + 2 * MARGIN
    _, png = cv2.imencode(".png", pixels)
    picture = base64.b64encode(png.tobytes()).decode()
    millimetres = " ".join(
        f'{key}="{1000 * value:g}"'
        for key, value in (("x", MARGIN), ("y", MARGIN), ("width", width), ("height", height))
    )
    label = f'<text x="{1000 * MARGIN:g}" y="{1000 * (paper[1] - MARGIN / 4):g}" font-size="6">{text}, top is up</text>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{1000 * paper[0]:g}mm" height="{1000 * paper[1]:g}mm" '
        f'viewBox="0 0 {1000 * paper[0]:g} {1000 * paper[1]:g}">'
        f'<image {millimetres} href="data:image/png;base64,{picture}"/>{label}</svg>\n'
    )
    with whole_file(out, replace=replace) as fresh:
        fresh.write_text(svg, encoding="utf-8")
    return paper


def _marker(text: str) -> tuple[NDArray[np.uint8], float]:
    """A marker's picture and the side of its black square, metres."""
    name, _, rest = text.partition(":")
    number, _, size = rest.partition(":")
    try:
        index, side = int(number), float(size)
        known = name in DICTIONARIES and 0 <= index < DICTIONARIES[name].size and 0 < side <= 2
    except ValueError:
        known = False
    if not known:
        raise BoardError(
            f'"{text}": is neither a board nor a marker ({MARKER_FORM}); known are {", ".join(DICTIONARIES)}'
        )
    drawn = cv2.aruco.generateImageMarker(DICTIONARIES[name].load(), index, round(side * PIXELS_A_METRE))
    return np.asarray(drawn, np.uint8), side
