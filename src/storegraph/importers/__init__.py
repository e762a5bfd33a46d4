"""Other people's recordings, turned into bags and store files; and receipts turned into other people's forms."""

from .errors import ImporterError

__all__ = ["ImporterError"]
