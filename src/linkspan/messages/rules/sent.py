"""What an office sent to a person, as the office sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Way(StrEnum):
    """What became of a notice's mail: none was wanted, it waits, it left, or no mail server took it."""

    NOTICE_ONLY = "notice_only"
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
