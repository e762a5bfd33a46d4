"""How much a simulated recording is like a real one: the same figures of both, from what the sensors said alone."""

from .report import realism

__all__ = ["realism"]
