"""Units of what is counted in whole numbers."""

from __future__ import annotations

NANOSECONDS = 1_000_000_000
"""In a second: stamps and spans of time are whole nanoseconds."""

YEARS = range(1970, 2262)
"""Those whose stamps, nanoseconds since the Unix epoch, are in 64 bits."""
