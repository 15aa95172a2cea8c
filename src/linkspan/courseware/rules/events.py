"""Events that an Open edX publishes: which are read, what each tells of whom, and where a message stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.courseware.rules.fetching import named
from linkspan.kernel.errors import Unusable

LARGEST_EVENT, LONGEST_TYPE = 64_000, 120
#: For so many days operators are told of a message that was set aside.
TOLD_DAYS = 14


class EventKind(StrEnum):
    """What an event is about."""

    ENROLMENT = "enrolment"
    CERTIFICATE = "certificate"
    PASSING = "passing"


class MessageState(StrEnum):
    """Where a message of the bus stands."""

    WAITING = "waiting"
    KEPT = "kept"
    REPEATED = "repeated"
    PASSED_BY = "passed_by"
    SET_ASIDE = "set_aside"


_LEARNING = "org.openedx.learning."
#: By the type: the name of its signal in openedx-events, the member that it tells, and what it is about.
SIGNALS: Mapping[str, tuple[str, str, EventKind]] = {
    f"{_LEARNING}course.enrollment.created.v1": ("COURSE_ENROLLMENT_CREATED", "enrollment", EventKind.ENROLMENT),
    f"{_LEARNING}course.enrollment.changed.v1": ("COURSE_ENROLLMENT_CHANGED", "enrollment", EventKind.ENROLMENT),
    f"{_LEARNING}course.unenrollment.completed.v1": (
        "COURSE_UNENROLLMENT_COMPLETED",
        "enrollment",
        EventKind.ENROLMENT,
    ),
    f"{_LEARNING}certificate.created.v1": ("CERTIFICATE_CREATED", "certificate", EventKind.CERTIFICATE),
    f"{_LEARNING}certificate.changed.v1": ("CERTIFICATE_CHANGED", "certificate", EventKind.CERTIFICATE),
    f"{_LEARNING}certificate.revoked.v1": ("CERTIFICATE_REVOKED", "certificate", EventKind.CERTIFICATE),
    f"{_LEARNING}course.passing.status.updated.v1": (
        "COURSE_PASSING_STATUS_UPDATED",
        "course_passing_status",
        EventKind.PASSING,
    ),
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a message says of itself: the event's id, its type, and when it happened by the platform's clock."""

    event_id: str
    event_type: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EventTold:
    """What an event tells: of which username and run, and what; the grade on a certificate is not the grade."""

    kind: EventKind
    username: str
    run_id: str
    data: Mapping[str, bool | str]


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """An event that is kept, with its source, its time by the platform's clock, and the hash of its bytes."""

    kind: EventKind
    event_type: str
    data: Mapping[str, bool | str]
    source: str
    at: datetime
    received_at: datetime
    sha256: str

    @property
    def told(self) -> str:
        """What it tells, as the platform words it."""
        name = self.event_type.removeprefix(_LEARNING).removesuffix(".v1")
        return ", ".join([name, *(f"{key} {value}" for key, value in self.data.items())])


def header_of(fields: Mapping[str, str]) -> Header:
    """The header of a message, by the names of Redis or Kafka; Unusable where it has none."""
    told = {name: fields.get(name) or fields.get(f"ce_{name}") or "" for name in ("id", "type", "time")}
    try:
        event_id = str(UUID(told["id"]))
        at = datetime.fromisoformat(told["time"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unusable("event_header", "The message has no id or time of an event.") from error
    return Header(event_id, told["type"][:LONGEST_TYPE], at)


def told_in(event_type: str, told: Mapping[str, object]) -> EventTold:
    """What an event tells, as it is kept; Unusable where it names nobody or no run."""
    _, member, kind = SIGNALS[event_type]
    data: Any = told[member]
    username = named(data["user"]["pii"]["username"])
    run_id = data["course"]["course_key"]
    if not username or not 0 < len(run_id) <= 255 or not run_id.isprintable():
        raise Unusable("event_nobody", "The event names no username, or no run.")
    names = {
        EventKind.ENROLMENT: ("mode", "is_active"),
        EventKind.CERTIFICATE: ("mode", "grade", "current_status"),
        EventKind.PASSING: ("is_passing",),
    }[kind]
    return EventTold(kind, username, run_id, {name: _short(data[name]) for name in names})


def _short(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    return "".join(one for one in str(value)[:40] if one.isprintable())


def sha256_of(body: bytes) -> str:
    """The hash of an event's bytes."""
    return hashlib.sha256(body).hexdigest()
