"""The one mail a day: when it is due, and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from linkspan.messages.rules.values import Mail


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


SUBJECT = _("Your notices of {day}")
CHOOSE = _("You chose one mail a day. Choose other mail, or none, here:")
#: By the reader's clock.
HOUR = time(7)


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """What happened about one thing, the newest last, and where its page lies."""

    notices: Sequence[tuple[str, str, str]]
    link: str


def next_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """The next morning in the reader's zone, later than now."""
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=int(local.time() >= HOUR))
    return datetime.combine(day, HOUR, zone).astimezone(UTC)


def is_same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    """Whether two instants are on one day of the reader."""
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def digest_mail(
    to: str, day: str, groups: Sequence[DigestGroup], choose: str, translate: Callable[[str], str] = str
) -> Mail:
    """The mail: each thing with what happened, its page, and where to choose otherwise."""
    parts = [_group(one) for one in groups]
    end = "\n".join([translate(CHOOSE), choose])
    return Mail(to, translate(SUBJECT).format(day=day), "\n\n".join([*parts, end]) + "\n")


def _group(one: DigestGroup) -> str:
    return "\n\n".join(["\n".join(notice) for notice in one.notices]) + f"\n{one.link}"
