"""Opaque identifiers."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new opaque identifier: UUID version 7 (RFC 9562, section 5.7), so that index pages stay local."""
    return uuid7()
