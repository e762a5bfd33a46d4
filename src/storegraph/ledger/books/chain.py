"""The chain of a store: every entry holds the hash of the one before, so that a change of an old one shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

BEGINNING = "0" * 64
"""What the first entry of a store holds for the hash before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact in the books.

    Attributes:
        store: Whose books.
        position: Place in the store's chain, from 1.
        stream: The bill or card that the fact is about.
        sequence: Place in the stream, from 1.
        key: Idempotency key, unique in the store: the same thing told twice is written once.
        stamp: Event time, nanoseconds since the Unix epoch.
        kind: Of fact.
        body: The fact as canonical JSON; None when retention has erased it.
        digest: SHA-256 of the body, hexadecimal. It stays, so that the chain can be checked without the body.
        hash: SHA-256 over the hash before and all of the above but the body, hexadecimal.
    """

    store: str
    position: int
    stream: str
    sequence: int
    key: str
    stamp: int
    kind: str
    body: str | None
    digest: str
    hash: str


_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def link(before: str, *content: str | int) -> str:
    """The hash of an entry.

    Args:
        before: Hash of the entry before it in the store; `BEGINNING` for the first.
        content: What the entry consists of, from its store to its digest, but for the body.
    """
    return sha256(_JSON.encode([before, *content]).encode()).hexdigest()


@dataclass(slots=True)
class Growing:
    """The end of a store's chain, to which entries are added.

    Attributes:
        store: Whose.
        position: Of the last entry; 0 where there is none.
        hash: Of the last entry; `BEGINNING` where there is none.
    """

    store: str
    position: int
    hash: str

    def add(self, stream: str, sequence: int, key: str, stamp: int, kind: str, body: str) -> Entry:
        """Adds an entry; see there for what it is made of."""
        self.position += 1
        digest = digest_of(body)
        self.hash = link(self.hash, self.store, self.position, stream, sequence, key, stamp, kind, digest)
        return Entry(self.store, self.position, stream, sequence, key, stamp, kind, body, digest, self.hash)


def digest_of(body: str) -> str:
    """SHA-256 of a body, hexadecimal."""
    return sha256(body.encode()).hexdigest()


def breaks(entries: Iterable[Entry], before: str = BEGINNING, position: int = 0) -> Iterator[str]:
    """What is wrong with a chain, in words; nothing where it is whole.

    Args:
        entries: Of one store, by position.
        before: Hash of what stands before the first of them.
        position: Of what stands before the first of them.
    """
    for entry in entries:
        position += 1
        if entry.position != position:
            yield f"{entry.store}: entry {position} is missing, the next one is {entry.position}"
            position = entry.position
        elif entry.hash != link(before, *_content(entry)):
            yield f"{entry.store}: entry {position} ({entry.stream}, {entry.kind}) was changed, or the one before it"
        if entry.body is not None and digest_of(entry.body) != entry.digest:
            yield f"{entry.store}: entry {position} ({entry.stream}, {entry.kind}) has another body than was written"
        before = entry.hash


def _content(entry: Entry) -> tuple[str | int, ...]:
    place = (entry.store, entry.position, entry.stream, entry.sequence)
    return *place, entry.key, entry.stamp, entry.kind, entry.digest
