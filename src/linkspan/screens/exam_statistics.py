"""How a published version of an exam did: the figures, and which acts lead on from them."""

from dataclasses import dataclass, replace
from decimal import Decimal

from linkspan.exams.queries import (
    Counted,
    ExamStatistics,
    Out,
    QuestionFigures,
    WholeFigures,
    Work,
    exam_statistics,
)
from linkspan.exams.rules import may_rule
from linkspan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class StatisticsScreen:
    """The figures of a version by the attempts that are `counted` and `out`, as a whole and by question, hardest first.

    `versions`: the published versions of the exam, each told by itself. `may_rule`: the reader may drop or rekey a
    question of it, and sees answers alike. `work`: what models say of it, and where working them out stands.
    """

    exam: str
    institution: str
    title: str
    version: int
    versions: tuple[int, ...]
    counted: Counted
    out: Out
    whole: WholeFigures
    questions: tuple[QuestionFigures, ...]
    may_rule: bool
    work: Work


def statistics_screen(
    actor: Actor, code: str, number: int, *, counted: Counted = Counted.ALL, out: Out = Out.RELEASED
) -> StatisticsScreen:
    """The figures of a version, for who makes the exam; NotFound for anybody else."""
    found = exam_statistics(actor, code, number, counted=counted, out=out)
    return _screen(actor, found)


def _screen(actor: Actor, found: ExamStatistics) -> StatisticsScreen:
    exam = found.version.exam
    told = (exam.code, exam.institution, exam.title, exam.version, found.versions, found.counted, found.out)
    whole, rows = _rounded_whole(found.whole), tuple(map(_rounded, found.rows))
    return StatisticsScreen(*told, whole, rows, may_rule(actor, exam.institution), found.work)


def _rounded_whole(whole: WholeFigures) -> WholeFigures:
    mean, spread, error = (_to(one, 1) for one in (whole.mean, whole.spread, whole.error))
    return replace(whole, mean=mean, spread=spread, error=error, alpha=_to(whole.alpha, 2))


def _rounded(one: QuestionFigures) -> QuestionFigures:
    """A question as it is told: decimals would tell how many learners stand behind a percentage."""
    options = tuple(
        replace(
            option,
            share=round(option.share, 0),
            lowest=round(option.lowest, 0),
            middle=round(option.middle, 0),
            highest=round(option.highest, 0),
            correlation=_to(option.correlation, 2),
        )
        for option in one.options
    )
    right, omitted, seconds = (_to(number, 0) for number in (one.right, one.omitted, one.seconds))
    r = _to(one.discrimination, 2)
    return replace(one, right=right, discrimination=r, omitted=omitted, seconds=seconds, options=options)


def _to(number: Decimal | None, places: int) -> Decimal | None:
    return None if number is None else round(number, places)
