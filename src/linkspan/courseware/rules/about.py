"""What is told of a course to whom may want to study it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from linkspan.courseware.rules.course import Block
from linkspan.courseware.rules.grading import GradingPolicy
from linkspan.kernel.errors import Unusable
from linkspan.kernel.lines import OneLine

LONGEST_OVERVIEW, LONGEST_EFFORT, LONGEST_STAFF = 20_000, 200, 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """What staff wrote of a course, as they wrote it: `overview` and `staff` take a little Markdown.

    What is empty leaves what the course's own files say. `syllabus`: the titles of its chapters are shown.
    """

    overview: str = ""
    effort: str = ""
    staff: str = ""
    syllabus: bool = True


@dataclass(frozen=True, slots=True)
class GradedPart:
    """What one kind of work counts, in percent of the grade."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class CourseAbout:
    """A course as it is told to everybody: `overview` and `staff` are HTML that is safe in any page.

    `syllabus` are the titles of its chapters, `pass_mark` in percent, None where nothing passes.
    """

    run_id: str
    overview: str
    summary: str
    effort: str
    staff: str
    syllabus: tuple[str, ...]
    grading: tuple[GradedPart, ...]
    pass_mark: Decimal | None


def check_said(said: Said) -> Said:
    """What staff wrote, on one line where it is one; Unusable if it is too long or cannot be stored."""
    for name, value, most in (
        ("overview", said.overview, LONGEST_OVERVIEW),
        ("staff", said.staff, LONGEST_STAFF),
        ("effort", said.effort, LONGEST_EFFORT),
    ):
        if len(value) > most or "\0" in value:
            raise Unusable("about_unusable", "Write at most {most} characters.", most=most).at(name)
    effort = OneLine.of(said.effort).value.strip()
    return Said(said.overview.strip(), effort, said.staff.strip(), said.syllabus)


def syllabus_of(root: Block) -> tuple[str, ...]:
    """The titles of chapters that are for everybody, in order."""
    return tuple(one.title for one in root.children if one.title and _is_for_all(one))


def grading_of(policy: GradingPolicy) -> tuple[GradedPart, ...]:
    """What each kind of work counts."""
    return tuple(GradedPart(one.type, percent_of(one.weight)) for one in policy.graders if one.weight > 0)


def percent_of(share: float) -> Decimal:
    """A share of 1 in percent, to two places."""
    return (Decimal(str(share)) * 100).quantize(Decimal("0.01")).normalize() + 0


def _is_for_all(chapter: Block) -> bool:
    found = chapter.settings
    return not (found.staff_only or found.hide_from_toc or found.group_access) and any(_shown(chapter.children))


def _shown(parts: Iterable[Block]) -> Iterable[bool]:
    return (not part.settings.staff_only for part in parts)
