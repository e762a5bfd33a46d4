"""What can go wrong in the ledger, as far as a person can mend it."""

from __future__ import annotations

from storegraph.errors import StoregraphError


class LedgerError(StoregraphError):
    """The root of the ledger's errors."""


class BooksError(LedgerError):
    """The database cannot be used, or does not hold what its events say."""


class PolicyError(LedgerError):
    """The policy file cannot be used."""


class RefusedError(LedgerError):
    """Something was asked of the ledger that it must not do; nothing was written."""


class PaymentError(LedgerError):
    """A payment provider is set up wrongly, or said something that contradicts what it said before."""
