"""What all commands share: how files are given, how far a command has come, and errors in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from storegraph.errors import StoregraphError

FILE = click.Path(path_type=Path)


class ErrorsInWords(click.Group):
    """Prints what the user can mend without a traceback, and exits with 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except StoregraphError as error:
            Console(stderr=True, soft_wrap=True).print(
                f"[bold red]{type(error).__name__}:[/] ", error, sep="", markup=True
            )
            ctx.exit(2)


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal; gives the function that moves it, called with done and total."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task(description, total=None)
        shown = -1

        def move(done: int, total: int) -> None:
            nonlocal shown
            percent = 100 * done // total
            if percent != shown:
                shown = percent
                progress.update(task, completed=done, total=total)

        yield move
