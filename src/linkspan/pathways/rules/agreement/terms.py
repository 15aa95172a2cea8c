"""The terms that an agreement and a policy share, and the policy itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from linkspan.pathways.rules.agreement.credit import Cap, Recognition
from linkspan.pathways.rules.agreement.kinds import Requirement
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import (
    Anything,
    Day,
    Exact,
    Flag,
    Grade,
    ListOf,
    Nullable,
    Rule,
    Since,
    Span,
    Text,
    Whole,
)
from linkspan.pathways.rules.language.typed import Graded, Part, _, may, needed, rows

CLAUSE, WORDS = _("Clause number"), _("In words, as readers see it")
SCALE_HINT = _("letter, percent, points, or the name of a scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band(Part):
    """A grade from which on another one stands."""

    at_least: Any = needed(Anything())
    value: Any = needed(Anything())


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeMap(Part):
    """Grades of one scale in those of another."""

    from_: str = needed(Text(), _("From grades in"), SCALE_HINT)
    to: str = needed(Text(), _("To grades in"), SCALE_HINT)
    bands: tuple[Band, ...] = needed(
        ListOf(Band.shape(), 1), _("Bands"), _("One a line, from the lowest grade of the band on: 90 = A"), "bands"
    )
    clause: str | None = may(Text(), CLAUSE)
    source: str | None = may(Text(), _("Where this is published"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedScale(Part):
    """A scale of grades."""

    name: str = needed(Text(), _("Name of the scale"), _("Grades on it are written as 2.5 and the name"))
    best: Decimal = needed(Exact(), _("Best grade"))
    worst: Decimal = needed(Exact(), _("Worst grade"))
    lowest_pass: Decimal | None = may(Exact(), _("Lowest grade that passes"))
    title: str | None = may(Text(), _("In words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion(Part):
    """Credits of one unit in those of another."""

    from_: str = needed(Text(), _("From the unit"), _("Such as ECTS"))
    to: str = needed(Text(), _("To the unit"), _("Such as US credits"))
    factor: Decimal = needed(Exact(), _("One of the first is so many of the second"))
    rounding: str = needed(Text(("exact", "down", "half_up", "half_even", "up")), _("Rounded"))
    step: Decimal | None = may(Exact(), _("To steps of"), _("Such as 0.5; empty: whole credits"))
    clause: str | None = may(Text(), CLAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Units(Part):
    """What credits are counted in."""

    system: str | None = may(Text(), _("Credits are counted in"), _("Such as US credits, ECTS, MIT units"))
    conversions: tuple[Conversion, ...] = rows(ListOf(Conversion.shape()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts(Part):
    """Which of several attempts counts."""

    policy: str | None = may(Text(("best", "last", "first")), _("Of several attempts counts the"))
    clause: str | None = may(Text(), _("Clause on attempts"))
    all_reported: bool | None = may(Flag(), _("All attempts are reported"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recency(Part):
    """How old courses may be."""

    valid_for: Mapping[str, int] = needed(Span(), _("Courses are not older than"))
    clause: str = needed(Text(), _("Clause on age"))
    measured_at: str | None = may(Text(("application", "award")), _("Their age is measured at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Part):
    """An order of the courses of the degree."""

    clause: str = needed(Text(), CLAUSE)
    text: str = needed(Text(), WORDS, widget="area")
    last: str | None = may(Text(), _("Place in the degree that comes last"), _("Its short name, such as capstone"))
    alone: bool | None = may(Flag(), _("It is taken alone in its term"))
    consecutive: bool | None = may(Flag(), _("The terms follow each other without a break"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeals(Part):
    """How decisions are appealed against."""

    within_days: int | None = may(Whole(1, 3650), _("Days in which one can appeal, by the policy of appeals"))
    answered_in_days: int | None = may(Whole(1, 3650), _("Days in which an appeal is answered"))
    to: str | None = may(Text(), _("Appeals go to"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Part):
    """When a person must look at a case first."""

    clause: str = needed(Text(), CLAUSE)
    rule: Node = needed(Rule(), _("When a person must look first (JSON of the rule language)"))
    text: str | None = may(Text(), WORDS, widget="area")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownTerm(Part):
    """A term that is not public."""

    term: str = needed(Text(), _("Term that is not public"))
    reason: str = needed(Text(), _("Why it is not known"), widget="area")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Part):
    """Terms that an agreement and a policy share; an agreement's own value stands before the policy's."""

    requirements: tuple[Requirement, ...] = rows(ListOf(Requirement.shape()))
    after_admission: tuple[Requirement, ...] = rows(ListOf(Requirement.shape()))
    recognition: tuple[Recognition, ...] = rows(Nullable(ListOf(Recognition.shape())))
    caps: tuple[Cap, ...] = rows(Nullable(ListOf(Cap.shape())))
    holds: tuple[Hold, ...] = rows(ListOf(Hold.shape()))
    grade_maps: tuple[GradeMap, ...] = rows(ListOf(GradeMap.shape()))
    scales: tuple[StatedScale, ...] = rows(Since(2, ListOf(StatedScale.shape())))
    units: Units | None = may(Units.shape())
    attempts: Attempts | None = may(Attempts.shape())
    min_grade: Graded | None = may(Grade(), _("Lowest grade of every recognised course"))
    counts_in_gpa: bool | None = may(Flag(), _("Recognised grades count in the average"))
    ask_for_credit: str | None = may(Text(("at_application", "any_time")), _("Credit is asked for"))
    recency: Recency | None = may(Recency.shape())
    sequence: tuple[Sequence, ...] = rows(ListOf(Sequence.shape()))
    appeals: Appeals | None = may(Appeals.shape())
    unknown_terms: tuple[UnknownTerm, ...] = rows(ListOf(UnknownTerm.shape()))
    source: str | None = may(Text(), _("Where these terms are published"), widget="area")
    note: str | None = may(Text(), _("Note for readers"), widget="area")
    title: str | None = may(Text(), _("Title of the pathway"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Terms):
    """Terms of an institution that its agreements inherit."""

    is_open: ClassVar = False
    id: str = needed(Text())
    version: int = needed(Whole(1))
    kind: str = needed(Text(("policy",)))
    institution: str = needed(Text())
    valid_from: date = needed(Day())
    valid_to: date | None = may(Nullable(Day()))
