"""Reads of notices, and of what waits."""

from linkspan.messages.queries.notices import (
    email_choices,
    email_wanted,
    mailing_choices,
    mailing_of,
    mailings,
    notices_of,
    page_of,
    told_by_row,
    unread_count,
    wants_email,
)
from linkspan.messages.queries.sent import sent_about
from linkspan.messages.queries.turns import waits_about, waits_at, waits_of

__all__ = [
    "email_choices",
    "email_wanted",
    "mailing_choices",
    "mailing_of",
    "mailings",
    "notices_of",
    "page_of",
    "sent_about",
    "told_by_row",
    "unread_count",
    "waits_about",
    "waits_at",
    "waits_of",
    "wants_email",
]
