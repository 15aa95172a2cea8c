"""Opaque identifiers."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new opaque identifier: UUID version 7 (RFC 9562, section 5.7), so that index pages stay local."""
    return uuid7()


#: Crockford's base 32: no I, L, O or U, which are misread.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("OIL", "011", "- ")


def number_of(identifier: uuid.UUID) -> str:
    """The number by which people call a thing, such as `7KQF-29XM`: the last 40 bits of its id, which are random."""
    bits = identifier.int & (1 << 40) - 1
    digits = "".join(DIGITS[bits >> 5 * place & 31] for place in range(7, -1, -1))
    return f"{digits[:4]}-{digits[4:]}"


def ending_of(number: str) -> str | None:
    """The ten hexadecimal digits at the end of the id that a number is of; None for what is no number."""
    digits = number.strip().upper().translate(_MEANT)
    if len(digits) != 8 or set(digits) - set(DIGITS):
        return None
    bits = 0
    for digit in digits:
        bits = bits << 5 | DIGITS.index(digit)
    return f"{bits:010x}"


def long_number_of(identifier: uuid.UUID) -> str:
    """A number that leads to a thing in a short address: its time in eight digits, then the number of `number_of`."""
    when = identifier.int >> 82 & (1 << 40) - 1
    digits = "".join(DIGITS[when >> 5 * place & 31] for place in range(7, -1, -1))
    return f"{digits[:4]}-{digits[4:]}-{number_of(identifier)}"


def span_of(number: str) -> tuple[uuid.UUID, uuid.UUID, str] | None:
    """The first and last id that such a number can be of, and how the id ends; None for what is no such number."""
    digits = number.strip().upper().translate(_MEANT)
    if len(digits) != 16 or set(digits) - set(DIGITS):
        return None
    when = 0
    for digit in digits[:8]:
        when = when << 5 | DIGITS.index(digit)
    first = when << 82
    return uuid.UUID(int=first), uuid.UUID(int=first | (1 << 82) - 1), ending_of(digits[8:]) or ""
