"""Card numbers, which must never come in."""

from __future__ import annotations

import re

_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
"""RFC 9562. One UUID in 280 ends in twelve digits, and every tenth of those would pass for a card number."""

_WORD = re.compile(r"[0-9A-Za-z]+")
_GROUPED = re.compile(r"[0-9A-Za-z .-]+")
"""Words as far as people group the digits of one number."""

_NUMBER = re.compile(r"[A-Za-z]*([0-9]{12,19})[A-Za-z]*")
"""As long as card numbers are (ISO/IEC 7812-1; Maestro's begin at 12 digits), perhaps with a word set against it."""

FEWEST_DIGITS = 12
"""Of a card number; Maestro's."""


def looks_like_card_number(text: str) -> bool:
    """Whether a text holds what may be a payment card's number: 12 to 19 digits with a right check digit.

    Digits may be grouped by spaces, dots and hyphens. A UUID is none, whatever its digits.
    """
    if len(text) < FEWEST_DIGITS:
        return False
    text = _UUID.sub("/", text)
    words = _WORD.findall(text) + [re.sub(r"[ .-]", "", grouped) for grouped in _GROUPED.findall(text)]
    numbers = (_NUMBER.fullmatch(word) for word in words)
    return any(number is not None and _has_check_digit(number[1]) for number in numbers)


def _has_check_digit(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1, annex B): every second digit from the right counts twice."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(digit - 9 * (digit > 9) for digit in doubled)) % 10 == 0
