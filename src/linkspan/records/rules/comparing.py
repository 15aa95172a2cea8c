"""What a platform says of a learner against what stands on record: how the two stand, and what may be done next."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import rfc8785

from linkspan.courseware.rules import (
    Origin,
    PlatformCertificate,
    PlatformEnrolment,
    PlatformGrade,
    PlatformLearner,
    PlatformSitting,
    decimal_of,
)
from linkspan.kernel.errors import Refused, Unusable

LONGEST_REASON = 500
#: Sittings of exams that a line shows.
MOST_SITTINGS = 20


class Standing(StrEnum):
    """How what the platform says stands to what is on record here."""

    AGREES = "agrees"
    MISSING_THERE = "missing_there"
    MISSING_HERE = "missing_here"
    DIFFERS = "differs"
    MOVED_THERE = "moved_there"
    NOT_LINKED = "not_linked"
    NOT_ENROLLED = "not_enrolled"
    LEFT_OUT = "left_out"
    UNREADABLE = "unreadable"


class Next(StrEnum):
    """What somebody may do about a line; nothing is done by itself."""

    TAKE_OVER = "take_over"
    LINK = "link_username"
    ENROL = "enrol_learner"
    ASK = "ask_the_platform"
    NOTHING = "nothing_to_do"


#: Lines about which somebody has to decide.
OPEN = frozenset(Standing) - {Standing.AGREES, Standing.LEFT_OUT}
#: Lines whose grade can be taken over: it was told, and it is of somebody known.
TAKEN_OVER = frozenset({Standing.MISSING_HERE, Standing.DIFFERS, Standing.MOVED_THERE, Standing.NOT_ENROLLED})
NEXT: Mapping[Standing, Next] = {
    Standing.AGREES: Next.NOTHING,
    Standing.LEFT_OUT: Next.NOTHING,
    Standing.MISSING_THERE: Next.ASK,
    Standing.UNREADABLE: Next.ASK,
    Standing.MISSING_HERE: Next.TAKE_OVER,
    Standing.DIFFERS: Next.TAKE_OVER,
    Standing.MOVED_THERE: Next.TAKE_OVER,
    Standing.NOT_LINKED: Next.LINK,
    Standing.NOT_ENROLLED: Next.ENROL,
}


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says of the grade, with its source, its time and the hash of its words.

    `percent` is None where no grade is told, which is not zero. `track` is empty where none is told. The certificate
    and the sittings are evidence alone: the grade on a certificate may be older than the grade.
    """

    source: str
    at: datetime | None
    sha256: str
    percent: Decimal | None = None
    letter: str = ""
    passed: bool | None = None
    track: str = ""
    certificate: Mapping[str, str | None] | None = None
    sittings: tuple[Mapping[str, str], ...] = ()
    #: Whether a platform told what stands here.
    by_platform: bool = False

    @property
    def has_grade(self) -> bool:
        """Whether it tells a grade."""
        return self.percent is not None or bool(self.letter)

    def kept(self) -> dict[str, object]:
        """The side as JSON."""
        return {
            "source": self.source,
            "at": None if self.at is None else self.at.isoformat(),
            "sha256": self.sha256,
            "percent": None if self.percent is None else str(self.percent),
            "letter": self.letter,
            "passed": self.passed,
            "track": self.track,
            "certificate": self.certificate,
            "sittings": list(self.sittings),
            "by_platform": self.by_platform,
        }

    @classmethod
    def read(cls, kept: Mapping[str, object]) -> Self:
        """The side that `kept` wrote."""
        told: dict[str, Any] = dict(kept)
        at, percent = told["at"], told["percent"]
        told["at"] = None if at is None else datetime.fromisoformat(at)
        told["percent"] = None if percent is None else Decimal(percent)
        told["sittings"] = tuple(told["sittings"])
        return cls(**told)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison before it is kept."""

    username: str
    learner_id: UUID | None
    state: Standing
    here: Side | None
    there: Side | None

    @property
    def key(self) -> str:
        """What names the same line in another comparison of the run."""
        return self.username or str(self.learner_id)

    @property
    def digest(self) -> str:
        """Another value whenever something else is to be decided about; evidence and times do not count."""
        told = [self.state, str(self.learner_id or ""), *(_counted(side) for side in (self.here, self.there))]
        return hashlib.sha256(rfc8785.dumps(told)).hexdigest()


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of a comparison as it stands: since when it is so, whether that is new, and who left it with a reason."""

    id: UUID
    comparison_id: UUID
    learner_id: UUID | None
    username: str
    state: Standing
    next: Next
    here: Side | None
    there: Side | None
    since: datetime
    is_new: bool
    left_by: str
    left_at: datetime | None
    left_reason: str

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide about it."""
        return self.state in OPEN and self.left_at is None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of a run: when the platform told, when it was made, and how many lines there are of each state.

    `changed` lines are new or other than in the comparison before, and `gone` are in it no more. `newest` says that
    none came after it.
    """

    id: UUID
    institution: str
    platform_id: UUID
    place: str
    run_id: str
    told_at: datetime
    made_at: datetime
    counts: Mapping[str, int]
    changed: int
    gone: int
    newest: bool


def _counted(side: Side | None) -> list[Any] | None:
    if side is None:
        return None
    return [None if side.percent is None else str(side.percent), side.letter, side.passed, side.track]


def side_there(learner: PlatformLearner, source: str, at: datetime) -> Side:
    """What a platform says of somebody."""
    grade = next(iter(learner.each(PlatformGrade)), None)
    place = next(iter(learner.each(PlatformEnrolment)), None)
    papers = next(iter(learner.each(PlatformCertificate)), None)
    origin: Origin = grade.origin if grade else place.origin if place else learner.person.origin
    track = "" if place is None else place.track if place.is_active else "unenrolled"
    return Side(
        source,
        origin.at or at,
        origin.sha256,
        percent=grade.percent if grade else None,
        passed=grade.passed if grade else None,
        track=track,
        certificate=None if papers is None else _certificate(papers),
        sittings=tuple(_sitting(one) for one in learner.each(PlatformSitting)[:MOST_SITTINGS]),
    )


def _certificate(told: PlatformCertificate) -> dict[str, str | None]:
    grade = None if told.grade is None else str(told.grade)
    return {"status": told.status, "kind": told.kind, "made": told.made, "grade": grade, "sha256": told.origin.sha256}


def _sitting(told: PlatformSitting) -> dict[str, str]:
    return {"exam": told.exam, "status": told.status, "started": told.started, "completed": told.completed}


def side_here(
    data: Mapping[str, object], source: str, told_at: datetime | None, sha256: str, recorded_at: datetime
) -> Side:
    """What a fact on record says; its time is when a platform told it, or when it came on record."""
    grade = data.get("grade")
    grade = grade if isinstance(grade, Mapping) else {}
    scale, value = grade.get("scale"), grade.get("value")
    passed = data.get("passed")
    return Side(
        source,
        told_at or recorded_at,
        sha256,
        percent=decimal_of(value) if scale == "percent" else decimal_of(data.get("percent")),
        letter=str(value) if scale == "letter" else "",
        passed=passed if isinstance(passed, bool) else None,
        by_platform=bool(sha256),
    )


def standing(
    here: Side | None, there: Side | None, *, known: bool, enrolled: bool, left_out: str, problem: str
) -> Standing:
    """How two sides stand to each other.

    Who is not told of there is unknown there: that is no grade of zero, and nothing here moves for it.
    """
    if there is None or (not there.has_grade and here is not None and not problem):
        return Standing.MISSING_THERE
    if not known:
        return Standing.LEFT_OUT if left_out else Standing.NOT_LINKED
    if problem:
        return Standing.UNREADABLE
    if left_out:
        return Standing.LEFT_OUT
    if here is not None:
        if same(here, there):
            return Standing.AGREES
        return Standing.MOVED_THERE if here.by_platform else Standing.DIFFERS
    if not enrolled:
        return Standing.NOT_ENROLLED
    return Standing.MISSING_HERE if there.has_grade else Standing.MISSING_THERE


def same(here: Side, there: Side) -> bool:
    """Whether both say the same grade; what only one of them says does not count, but one of the two must be told."""
    if here.percent is not None and there.percent is not None and here.percent != there.percent:
        return False
    if here.passed is not None and there.passed is not None and here.passed != there.passed:
        return False
    return here.percent is not None and there.percent is not None


def check_open(state: Standing, newest: bool) -> None:
    """Refused for a line about which nothing is to be decided, or of a comparison that another one followed."""
    if not newest:
        raise Refused("comparison_old", "A newer comparison of this run is there. Decide on that one.")
    if state not in OPEN:
        raise Refused("nothing_to_decide", "There is nothing to decide about this line.")


def check_reason(reason: str) -> str:
    """The reason without blanks around; Unusable for none, or a long one."""
    found = reason.strip()
    if not 0 < len(found) <= LONGEST_REASON:
        raise Unusable("reason_missing", "Reason: write why, in up to {longest} characters.", longest=LONGEST_REASON)
    return found
