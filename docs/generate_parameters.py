"""Writes docs/parameters.md and config/parameters.yaml from the settings of the code.

python docs/generate_parameters.py
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from storegraph.graph.diagnostics import DiagnosticsSettings
from storegraph.graph.merge import MergeSettings
from storegraph.graph.nodes import NODES, Kind
from storegraph.graph.parameters import NodeSettings, Parameter, SensorSettings, StageSettings, parameters_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "parameters.md"
FILE = ROOT / "config" / "parameters.yaml"

HEAD = """# Parameters

Made by `python docs/generate_parameters.py` from the settings classes of the code; do not edit.
`config/parameters.yaml` has all of them with their defaults, to copy from: `storegraph up STORE --params-file FILE`,
or `params_file:=FILE` for the launch files.

A value of another type or out of its range is refused, and so is a name that a node does not know; a node with such a
parameter stays unconfigured and says why, and the others run on. Parameters marked *live* may be changed at any time
(`ros2 param set`). The others are fixed while their node is active, since what is charged may depend on them: change
them while it is inactive, and configure it again.

Beside these, rclpy gives every node `use_sim_time`, and the nodes of stages `qos_overrides.<topic>.…`."""

FILE_HEAD = """\
# All parameters of all nodes, with their defaults. Made by `python docs/generate_parameters.py`; copy what you change.
# Times are in seconds. [live] may be changed while the node is active.
"""

COMMON: tuple[tuple[str, str, tuple[type, ...]], ...] = (
    ("Of every node", "", (NodeSettings, DiagnosticsSettings)),
    (
        "Of every node that runs a stage",
        "And of the merge before it ([concepts.md](concepts.md)).",
        (StageSettings, MergeSettings),
    ),
    ("Of every node that reads devices", "`storegraph up` and the launch files set them.", (SensorSettings,)),
)


def page() -> str:
    """The documentation."""
    sections = [HEAD]
    for title, text, kinds in COMMON:
        sections += [f"## {title}", *([text] if text else []), _table(parameters_of(*kinds))]
    for node in NODES:
        own = parameters_of(node.settings, *node.shell_settings)
        sections += [f"## `{node.name}`", f"{node.summary}.", _table(own) if own else "None of its own."]
    return "\n\n".join(sections) + "\n"


def file() -> str:
    """The parameter file."""
    by_kind = {
        Kind.STAGE: parameters_of(StageSettings, MergeSettings),
        Kind.SENSOR: (),
    }
    everyone = [each for each in parameters_of(NodeSettings, DiagnosticsSettings) if each.name != "store"]
    lines = [FILE_HEAD, *_section("/**", "every node", everyone)]
    for node in NODES:
        own = (*parameters_of(node.settings, *node.shell_settings), *by_kind.get(node.kind, ()))
        if own:
            lines += ["", *_section(node.name, node.summary, own)]
    return "\n".join(lines) + "\n"


def _table(parameters: Iterable[Parameter]) -> str:
    rows = [("parameter", "type", "default", "range", "what it is"), ("---",) * 5]
    rows += [
        (f"`{each.name}`", each.kind + (", live" if each.live else ""), _default(each), _range(each), each.text)
        for each in parameters
    ]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)


def _default(parameter: Parameter) -> str:
    return "" if parameter.default == "" else f"`{_value(parameter)}`"


def _value(parameter: Parameter) -> str:
    """As YAML has it."""
    return yaml.safe_dump(parameter.default, width=1000).splitlines()[0]


def _range(parameter: Parameter) -> str:
    if parameter.least is None or parameter.most is None:
        return ""
    return f"{parameter.least:,.10g} to {parameter.most:,.10g} {parameter.unit}".strip()


def _section(name: str, text: str, parameters: Iterable[Parameter]) -> Iterator[str]:
    yield f"# {text}"
    yield f"{name}:"
    yield "  ros__parameters:"
    for parameter in parameters:
        bounds = f" [{_range(parameter)}]" if _range(parameter) else ""
        live = " [live]" if parameter.live else ""
        yield from textwrap.wrap(
            parameter.text + bounds + live, 120, initial_indent="    # ", subsequent_indent="    # "
        )
        yield f"    {parameter.name}: {_value(parameter)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    FILE.write_text(file(), encoding="utf-8")
