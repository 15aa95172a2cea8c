"""Series of exams as their learner reads them: what is passed, what comes next, and what it takes."""

from dataclasses import dataclass
from decimal import Decimal

from linkspan.exams.queries import SeriesStanding, attempts_of, my_series
from linkspan.exams.rules import Completion
from linkspan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class ExamOfSeries:
    """An exam of a series: the best result that is out, in percent, and whether it is passed or can be taken next."""

    code: str
    title: str
    percent: Decimal | None
    passed: bool
    next: bool


@dataclass(frozen=True, slots=True)
class InSeries:
    """A series: what passes it, where the learner stands, and its exams in order.

    `pass_percent`: the mean that passes it, None where every exam has to be passed. `percent` is the result of the
    whole, once enough exams have one. `begun`: the learner tried one of its exams, or was invited.
    """

    code: str
    title: str
    completion: Completion
    pass_percent: Decimal | None
    percent: Decimal | None
    passed: bool
    invited: bool
    begun: bool
    exams: tuple[ExamOfSeries, ...]


def in_series(actor: Actor) -> tuple[InSeries, ...]:
    """The series that are open to the actor, that they are invited to, or of which they tried an exam."""
    found = my_series(actor)
    tried = {one.sitting.exam.code for one in attempts_of(actor, actor.own_id)} if found else set()
    return tuple(_told(one, tried) for one in found)


def _told(one: SeriesStanding, tried: set[str]) -> InSeries:
    terms = one.series.terms
    exams = tuple(
        ExamOfSeries(
            part.code,
            part.title,
            part.result.percent if part.result else None,
            part.result is not None and part.result.passed,
            part.next,
        )
        for part in one.parts
    )
    mark = None if terms.completion is Completion.ALL else terms.pass_percent
    begun = not tried.isdisjoint(terms.exams) or (terms.by_invitation and one.invited)
    told = (terms.completion, mark, one.percent, one.passed, one.invited, begun, exams)
    return InSeries(one.series.code, terms.title, *told)
