"""How the reading of scales is told to operators."""

from __future__ import annotations

from storegraph.graph.diagnostics import Level, Status

from .model import ContactReport, ContactState

TOO_SLOW = 0.95
"""Below this share of the rate that was asked for, a bus is too slow for it: long before weighing takes scales for
blind, which it does when half of the samples of a block are missing."""

LEVELS = {
    ContactState.UNTRIED: Level.STALE,
    ContactState.ANSWERING: Level.OK,
    ContactState.SILENT: Level.ERROR,
    ContactState.ENDED: Level.WARN,
}


def contact_status(report: ContactReport, before: ContactReport, seconds: float) -> Status:
    """How something that is asked for readings does.

    Args:
        report: How it does now.
        before: How it did when it was last told.
        seconds: Since then.
    """
    level, told = LEVELS[report.state], [report.state.value]
    answers = report.answers - before.answers
    measured = answers / seconds if seconds > 0 else 0.0
    refused = report.refused - before.refused
    if report.state is ContactState.SILENT:
        told.append(report.reason)
    if report.state is ContactState.ANSWERING and before.state is ContactState.ANSWERING:
        if report.rate is not None and answers + 1 < TOO_SLOW * report.rate * seconds:  # one may just be on its way
            level = Level.WARN
            slow = f"{measured:.1f} instead of {report.rate:g} samples a second"
            told.append(f"{slow}: lower the rate, or mend what holds up the bus")
        if refused:
            level = Level.WARN
            told.append(f"{refused} readings were no weight: a load cell is cut off, or loaded beyond its limits")
    values = {
        "state": report.state.name.lower(),
        "answers": report.answers,
        "failures": report.failures,
        "refused readings": report.refused,
        "rate [Hz]": f"{measured:.2f}",
        "last failure": report.reason,
    }
    return Status(level, report.name, "; ".join(told), values)
