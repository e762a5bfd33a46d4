"""What is allowed in a store, but that its owner may want to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .model import Store
from .problem import listed

_GTIN_LENGTHS = (8, 12, 13, 14)
"""Digits of GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN-13) and GTIN-14."""


def store_notes(store: Store) -> list[str]:
    """What may be meant, but will cost accuracy or a person's time.

    Args:
        store: A store without problems.

    Returns:
        One line a kind of thing, with how many there are and which.
    """
    return list(_notes(store))


def has_check_digit(gtin: str) -> bool:
    """Whether a code is a GTIN with the check digit it must have.

    From the right, digits weigh 1, 3, 1, 3, …, and their sum is a multiple of ten (GS1 General Specifications, 7.9.1).
    """
    digits = [int(digit) for digit in reversed(gtin)] if is_gtin(gtin) else []
    return bool(digits) and (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def is_gtin(code: str) -> bool:
    """Whether a code has the form of a GTIN that is the same in every shop.

    Codes that begin with 02, 04 or 2 as a GTIN-13, or with 0 or 2 as a GTIN-8, are a shop's own (GS1 General
    Specifications, 1.4, restricted circulation numbers).
    """
    if not (code.isascii() and code.isdigit() and len(code) in _GTIN_LENGTHS):
        return False
    own = ("0", "2") if len(code) == 8 else ("02", "04", "2")
    return not (code if len(code) == 8 else code.zfill(14)[1:]).startswith(own)


def _notes(store: Store) -> Iterator[str]:
    products = store.products()
    used = {name for facing in store.facings for name in facing.scales}
    lying = {facing.gtin for facing in store.facings}
    shelves = [shelf for fixture in store.fixtures for shelf in fixture.shelves]
    yield from _note("products with a code of the shop's own, not a GTIN", (g for g in products if not is_gtin(g)))
    wrong = (gtin for gtin in products if is_gtin(gtin) and not has_check_digit(gtin))
    yield from _note("products whose GTIN has a wrong check digit", wrong)
    priceless = (gtin for gtin, product in products.items() if product.price is None)
    yield from _note("products without price, which a person has to charge", priceless)
    weightless = [gtin for gtin, product in products.items() if product.unit_weight is None]
    yield from _note("products without unit weight, known only from where they lie", weightless)
    yield from _note("facings of such products", (gtin for gtin in weightless if gtin in lying))
    idle = (scale.id for shelf in shelves for scale in shelf.scales if scale.id not in used)
    yield from _note("scales under no facing", idle)
    yield from _note("shelves without scales, where nothing is seen", (s.id for s in shelves if not s.scales))


def _note(what: str, names: Iterable[str]) -> Iterator[str]:
    named = list(names)
    if named:
        yield f"{what} ({len(named)}): {listed(named)}"
