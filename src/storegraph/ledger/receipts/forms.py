"""The forms that customers fill: how they are read, in which language, and that nobody after them sees the answer."""

from __future__ import annotations

from typing import get_args
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from .page import Language

LONGEST = 2000
"""Bytes of a form at most: a mail address has 254 characters, each of them at most three bytes when it is encoded."""

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
"""Of every answer. Who comes to the same screen next must not find what was typed, and nobody is told an address that
allows something."""


async def read_form(request: Request) -> dict[str, str]:
    """What was typed, without the blanks around it; of a field that is there more than once, the first.

    Raises:
        HTTPException: It has more than `LONGEST` bytes, or does not say how many (413).
    """
    if int(request.headers.get("content-length") or LONGEST + 1) > LONGEST:
        raise HTTPException(413)
    filled = parse_qs((await request.body()).decode("ascii", "replace"))
    return {name: values[0].strip() for name, values in filled.items()}


def language_of(request: Request, usual: Language) -> Language:
    """The language that a customer has chosen with `?lang=`, or the usual one."""
    chosen = request.query_params.get("lang")
    return next((each for each in get_args(Language) if each == chosen), usual)


def other_languages(language: Language) -> list[Language]:
    """Those that a page leads to."""
    return [each for each in get_args(Language) if each != language]
