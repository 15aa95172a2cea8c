"""A no that was said before: it stands until a person decides otherwise, and whoever decides anew sees it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, when, and why."""

    what: str
    at: datetime
    reason: str
