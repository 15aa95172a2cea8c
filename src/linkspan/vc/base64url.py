"""Base64url without padding (RFC 4648, section 5): the one alphabet of tokens, keys, status lists and proof values."""

import base64
import re

ALPHABET = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def encode(data: bytes) -> str:
    """The text of some bytes."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The bytes of a text, with padding or without; ValueError for any other letter or a length that none has."""
    if not ALPHABET.fullmatch(text):
        raise ValueError("the text is not base64url")
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
