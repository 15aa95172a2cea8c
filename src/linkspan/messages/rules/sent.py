"""What an office sent to a person, as the office sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Way(StrEnum):
    """What became of the mail of a notice: none wanted, in that of the day, waiting, gone, or taken by no server."""

    NOTICE_ONLY = "notice_only"
    DAILY = "in_daily_mail"
    WAITING = "mail_waits"
    DELIVERED = "mail_delivered"
    REFUSED = "mail_refused"


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice that was sent: its subject, when, what became of its mail, and when that left."""

    subject: str
    at: datetime
    way: Way
    mailed_at: datetime | None
