"""Every storegraph and make command that the documentation shows is one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from documentation_pages import INLINE, PAGES, ROOT, code_lines, name, prose_of, text_of

from storegraph.cli import main


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that some words begin with, and the words that remain."""
    command: click.Command = main
    words = list(words)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"no such command: {words[0]}"
        command = found
        words.pop(0)
    return command, words


def whole_commands(page: Path) -> list[list[str]]:
    """What stands in blocks, and can be typed as it is."""
    parts = [part.strip() for line in code_lines(page) for part in line.split(" && ")]
    return [shlex.split(part, comments=True)[1:] for part in parts if part.startswith("storegraph ")]


def mentioned_commands(page: Path) -> list[list[str]]:
    """What stands in running text, perhaps without its arguments."""
    return [shlex.split(code)[1:] for code in INLINE.findall(prose_of(page)) if code.startswith("storegraph ")]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_in_a_block_parses_as_it_stands(page: Path) -> None:
    for words in whole_commands(page):
        command, arguments = resolved(words)
        assert not isinstance(command, click.Group), words
        command.make_context("storegraph", arguments)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_in_running_text_exists_with_its_options(page: Path) -> None:
    for words in mentioned_commands(page):
        command, arguments = resolved(words)
        known = {"--help"}.union(*(option.opts for option in command.params))
        assert {word for word in arguments if word.startswith("--")} <= known, words


def test_the_readme_shows_commands() -> None:
    assert len(whole_commands(ROOT / "README.md")) >= 3


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = re.findall(r"(?:`| {4})make ([a-z]+)", text_of(page))
    assert set(shown) <= targets
