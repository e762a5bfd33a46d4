"""Units of what is counted in whole numbers."""

from __future__ import annotations

NANOSECONDS = 1_000_000_000
"""In a second: stamps and spans of time are whole nanoseconds."""
