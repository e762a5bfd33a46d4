"""How a gate is told to operators."""

from __future__ import annotations

from storegraph.graph.diagnostics import Level, Status

from .driver import GateCondition


def gate_status(gate: str, condition: GateCondition, passed: int, late: int) -> Status:
    """How a gate is. Its silence is no fault; a passage that was lost is told as long as the node lives.

    Args:
        gate: Gate id.
        condition: Of the way to it.
        passed: Passages given.
        late: Of these, how many those who read them may have been past.
    """
    told = [condition.text]
    if late:
        told.append(f"{late} passages may have come too late to count: see who went through, and which carts are open")
    if condition.refused:
        told.append(f"{condition.refused} reports refused, the last because: {condition.last_refusal}")
    level = Level.ERROR if not condition.connected else Level.WARN if len(told) > 1 else Level.OK
    values = {"passages": passed, "late": late, "refused": condition.refused}
    return Status(level, f"gate {gate}", "; ".join(told), values)
