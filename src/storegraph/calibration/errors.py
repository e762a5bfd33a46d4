"""What can be wrong with a calibration."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class CalibrationError(StoregraphError):
    """A camera cannot be calibrated with what there is; the message says what is missing and what to do."""
