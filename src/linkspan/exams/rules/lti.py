"""LTI 1.3 Proctoring Services 1.0: the words of its messages, and what a tool may ask of an attempt that runs.

A tool pauses, resumes what it paused, adds time up to a limit, and notes. To end an attempt it proposes; people decide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum

from linkspan.exams.rules.services import words
from linkspan.exams.rules.states import AttemptState
from linkspan.kernel.errors import Unusable

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
PROCTORING = "https://purl.imsglobal.org/spec/lti-ap/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
VERSION = "1.3.0"
#: How much time a tool gives one attempt at most, and never more than the exam lasts.
MOST_EXTRA = timedelta(minutes=60)
#: So many things a tool says of one session.
MOST_CONTROLS = 300
LONGEST_CODE, LONGEST_MESSAGE = 80, 500
#: A launch is to come back within.
LAUNCH_LASTS = timedelta(hours=2)


class Message(Enum):
    """The messages of the specification."""

    START_PROCTORING = "LtiStartProctoring"
    START_ASSESSMENT = "LtiStartAssessment"
    END_ASSESSMENT = "LtiEndAssessment"


class Control(StrEnum):
    """What a tool asks of an attempt."""

    PAUSE = "pause"
    RESUME = "resume"
    TERMINATE = "terminate"
    UPDATE = "update"
    FLAG = "flag"


class Standing(StrEnum):
    """How an attempt stands, in the words of the specification."""

    NONE = "none"
    RUNNING = "running"
    PAUSED = "paused"
    TERMINATED = "terminated"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tool asks: of whom, in which attempt, when it saw something and how bad it thinks that is."""

    sub: str
    resource_link: str
    attempt_number: int
    action: Control
    severity: Decimal | None
    extra_minutes: int
    code: str
    message: str

    @property
    def note(self) -> str:
        """What proctors read."""
        return " ".join(one for one in (self.code, self.message) if one) or self.action.value


def standing_of(state: AttemptState) -> Standing:
    """How an attempt stands to a tool; none of its words is a verdict."""
    if state in (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED):
        return Standing.NONE
    if state is AttemptState.STARTED:
        return Standing.RUNNING
    if state in (AttemptState.PAUSED, AttemptState.ERROR):
        return Standing.PAUSED
    return Standing.TERMINATED if state is AttemptState.CANCELLED else Standing.COMPLETE


def read_control(body: object) -> Asked:
    """What a tool asks; Unusable before anything of it is done."""
    told = body if isinstance(body, Mapping) else {}
    user, link = told.get("user"), told.get("resource_link")
    sub = words(user.get("sub") if isinstance(user, Mapping) else None, 201)
    place = words(link.get("id") if isinstance(link, Mapping) else None, 201)
    number = told.get("attempt_number")
    if not sub or not place or isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 10**6:
        raise Unusable("control_unusable", "Name user.sub, resource_link.id and attempt_number.")
    if told.get("action") not in set(Control):
        raise Unusable("control_unusable", "The action is one of {known}.", known=", ".join(Control))
    _check_time(told.get("incident_time"))
    return Asked(
        sub,
        place,
        number,
        Control(told["action"]),
        _severity(told.get("incident_severity")),
        _extra(told.get("extra_time")),
        words(told.get("reason_code"), LONGEST_CODE),
        words(told.get("reason_msg"), LONGEST_MESSAGE),
    )


def extra_allowed(asked: int, given: int, lasts: timedelta) -> int:
    """How many of the minutes that a tool asks for are given, where it gave so many before."""
    most = int(min(MOST_EXTRA, lasts) // timedelta(minutes=1))
    return max(0, min(asked, most - given))


def same_person(verified: object, name: str) -> bool:
    """Whether the person whom a tool saw may be the one of that legal name; one that it does not name may be.

    Case, order and signs between names do not count: what is left differs if a name is another one.
    """
    told = verified if isinstance(verified, Mapping) else {}
    whole = words(told.get("name"), 200)
    parts = [words(told.get(part), 200) for part in ("given_name", "middle_name", "family_name")]
    seen = _names(whole or " ".join(one for one in parts if one))
    return not seen or seen <= _names(name) or _names(name) <= seen


def _names(told: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", told.casefold()))


def _check_time(given: object) -> None:
    try:
        datetime.fromisoformat(given if isinstance(given, str) else "")
    except ValueError as error:
        raise Unusable("control_unusable", "incident_time is a time as ISO 8601 has it.") from error


def _severity(given: object) -> Decimal | None:
    if given is None or given == "":
        return None
    try:
        found = Decimal("nan" if isinstance(given, bool | list | dict) else str(given)[:20])
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite() or not 0 <= found <= 1:
        raise Unusable("control_unusable", "incident_severity is a number from 0 to 1.")
    return round(found, 3)


def _extra(given: object) -> int:
    if given is None:
        return 0
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 10**6:
        raise Unusable("control_unusable", "extra_time is a number of minutes, 0 or more.")
    return given
