"""How a published version of an exam did: the figures, and which acts lead on from them."""

from dataclasses import dataclass

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
    return StatisticsScreen(*told, found.whole, found.rows, may_rule(actor, exam.institution), found.work)
