"""What an agreement recognises, and within which limits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from linkspan.pathways.rules.language.shape import Exact, Flag, Grade, ListOf, Since, Text, Whole
from linkspan.pathways.rules.language.typed import ONE_OF, SOME_OF, Graded, Part, _, may, needed, rows

#: Ways to name what a row of recognition is about; the reason stands there for `unknown`.
KINDS = ("any_of", "each_of", "course", "all_of", "block", "unknown")
NOT_PUBLIC = _("What is not public, and why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives(Part):
    """What one use gives in one place of the degree; `as_` names the receiving course."""

    slot: str = needed(Text())
    credits: Decimal = needed(Exact())
    as_: str | None = may(Text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition(Part):
    """Courses of the sending program, and what they give in the degree."""

    is_open: ClassVar = True
    clause: str = needed(Text(), _("Clause number"))
    text: str | None = may(Text(), _("In words, as readers see it"), widget="area")
    slot: str | None = may(Text(), _("Place in the degree"), _("Such as elective"))
    credits: Decimal | None = may(Exact(), _("Credits of each"))
    convert: bool | None = may(Flag(), _("Gives the credits of its own courses, converted"))
    as_: str | None = may(Text(), _("Counts as the course"), _("Of the receiving degree, if one is named"))
    gives: tuple[Gives, ...] = rows(
        ListOf(Gives.shape(), 1),
        _("Or: what one use gives, in several places"),
        _("One place a line with its credits, then the course if one is named: elective 4 MGMT E-100"),
        "gives",
    )
    times: int | None = may(
        Whole(1, 200), _("How many of them count"), _("Of a block: how many places of the degree it fills")
    )
    min_grade: Graded | None = may(Grade(), _("Lowest grade"))
    below_grade: Graded | None = may(Grade(), _("Only for grades below"))
    priority: int | None = may(Whole(0, 1000), _("Order among equal ways"), _("The lower number comes first"))
    valid_years: int | None = may(Whole(0, 200), _("Not older than years"))
    effect: str | None = may(Text(("credit", "waiver")), _("Effect"), _("A waiver lifts a course and gives no credit"))
    level: str | None = may(Text(), _("Level of the courses"))
    course: str | None = may(Text(), _("Course"), group=ONE_OF)
    any_of: tuple[str, ...] | None = may(ListOf(Text(), 1), _("At least one of these courses counts"), group=ONE_OF)
    each_of: tuple[str, ...] | None = may(
        Since(2, ListOf(Text(), 1)), _("Each of these courses counts by itself"), group=ONE_OF
    )
    all_of: tuple[str, ...] | None = may(ListOf(Text(), 1), _("Courses that count together"), group=ONE_OF)
    block: tuple[str, ...] | None = may(ListOf(Text()), _("Courses of the block"), group=ONE_OF)
    unknown: str | None = may(Text(), NOT_PUBLIC, widget="area", group=ONE_OF)

    @property
    def is_waiver(self) -> bool:
        """Whether it lifts a course and gives no credit."""
        return self.effect == "waiver"

    @property
    def kind(self) -> str | None:
        """Which of the ways to name courses it uses; None in a draft that names none yet."""
        return next((kind for kind in KINDS if getattr(self, kind) is not None), None)

    @property
    def listed(self) -> tuple[str, ...]:
        """The courses that it names, as they are written."""
        lists = (self.any_of, self.each_of, self.all_of, self.block)
        return next((one for one in lists if one is not None), (self.course,) if self.course is not None else ())

    @property
    def named(self) -> tuple[str, ...]:
        """The courses that it names, each once, in its order."""
        return tuple(dict.fromkeys(self.listed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap(Part):
    """A limit of what is recognised; several in one clause hold together."""

    is_open: ClassVar = True
    clause: str = needed(Text(), _("Clause number"))
    text: str | None = may(Text(), _("In words, as readers see it"), widget="area")
    slot: str | None = may(Text(), _("Only for this place in the degree"), _("Empty: for the whole degree"))
    max_recognised_credits: Decimal | None = may(Exact(), _("At most so many credits"), group=SOME_OF)
    max_recognised_courses: int | None = may(Whole(0, 200), _("At most so many courses"), group=SOME_OF)
    max_fraction_external: Decimal | None = may(Exact(1), _("At most this part from elsewhere, 0 to 1"), group=SOME_OF)
    residency_min_credits: Decimal | None = may(Exact(), _("Credits earned at the school itself"), group=SOME_OF)
    exclusive_with: tuple[str, ...] | None = may(
        ListOf(Text(), 1), _("Not together with these agreements"), group=SOME_OF
    )
    max_double_counted_courses: int | None = may(
        Whole(0, 200), _("Courses that may count for another degree too, at most"), group=SOME_OF
    )
    max_double_counted_credits: Decimal | None = may(
        Exact(), _("Credits that may count for another degree too, at most"), group=SOME_OF
    )
    not_used_for_degree: bool | None = may(
        Flag(), _("Courses that counted for a degree are not recognised"), group=SOME_OF
    )
    unknown: str | None = may(Text(), NOT_PUBLIC, widget="area", group=SOME_OF)
