"""Addresses of devices, whose secrets stand in the environment and never in a file."""

from __future__ import annotations

import os
import re
from typing import Annotated

from pydantic import AfterValidator

from .errors import SensorError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PASSWORD = re.compile(r"://[^/@:]*:(?!\$\{[A-Za-z_][A-Za-z0-9_]*\}@)[^/@]*@")
"""Between user and host (RFC 3986, 3.2.1), unless it is a variable."""


def _without_password(address: str) -> str:
    if _PASSWORD.search(address):
        raise ValueError("holds a password; write ${NAME} in its place and set NAME in the environment")
    return address


Address = Annotated[str, AfterValidator(_without_password)]
"""An address as it stands in a file: `${NAME}` for what only the environment knows. It may be shown and logged."""


def expanded(address: str) -> str:
    """An address with the environment's values in place of `${NAME}`; it must not be shown or logged.

    Raises:
        SensorError: The environment does not have one of them.
    """

    def value(variable: re.Match[str]) -> str:
        try:
            return os.environ[variable[1]]
        except KeyError:
            raise SensorError(f"{address}: {variable[1]} is not set; set it in the environment of this node") from None

    return _VARIABLE.sub(value, address)
