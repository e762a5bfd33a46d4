"""The `storegraph` command. What a command needs is loaded when it runs, so that `--help` comes at once."""

from __future__ import annotations

import click

from storegraph import __version__

from .bags import info, replay
from .calibration import calibrate
from .evaluation import demo, evaluate, page, realism, tracks
from .exchange import export, import_
from .ledger import ledger
from .live import play, record, up, view
from .models import models, train
from .receipts import receipts
from .retail import retail
from .simulation import break_, scenarios, simulate
from .stores import store
from .terminal import ErrorsInWords
from .vision import vision

EXAMPLES = """\b
A first look:    storegraph demo
A store of ours: storegraph simulate SCENARIO --store STORE.yaml --out BAG
Your recording:  storegraph import autocheckout DIR --out BAG --store STORE.yaml
                 storegraph replay BAG --store STORE.yaml --out RESULTS
"""


@click.group(
    cls=ErrorsInWords,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES,
)
@click.version_option(__version__)
def main() -> None:
    """Storegraph: the open cashierless store."""


COMMANDS = (
    break_,
    calibrate,
    demo,
    evaluate,
    export,
    import_,
    info,
    ledger,
    models,
    page,
    play,
    realism,
    receipts,
    record,
    replay,
    retail,
    scenarios,
    simulate,
    store,
    tracks,
    train,
    up,
    view,
    vision,
)
for command in COMMANDS:
    main.add_command(command)
