"""Settings of stages and nodes, as they are given on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def set_option(what: str) -> Decorator:
    """The option `--set`, which a command takes as `settings`: values by name.

    Args:
        what: Is set, for the help.
    """
    return click.option(
        "--set", "settings", callback=_by_name, multiple=True, metavar="NAME=VALUE", help=f"{what}; may be repeated."
    )


def _by_name(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """The values of an option that is given as `NAME=VALUE`, any number of times; an empty value is one.

    Raises:
        click.BadParameter: A name has no value.
    """
    for each in given:
        if "=" not in each:
            raise click.BadParameter(
                f"{each} has no value; write {each}=VALUE. config/parameters.yaml shows all there are."
            )
    return dict(each.partition("=")[::2] for each in given)
