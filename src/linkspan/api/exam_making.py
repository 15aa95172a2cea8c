"""Exams for who makes them: drafts with terms, blueprint and bank; publication; sittings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from ninja import Field
from pydantic import AwareDatetime

from linkspan.api.answers import Made, Router, parts
from linkspan.api.once import LARGEST, Posted, from_base64, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.queries import Counted, GroupKind, HeldSitting, MadeExam, Out, Question, QuestionFigures
from linkspan.exams.rules import AccommodationLine, Difficulty, Draw, Item, Terms, Version
from linkspan.kernel.bands import Band
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.screens.exam_statistics import StatisticsScreen, statistics_screen

router = Router()


@dataclass(frozen=True, slots=True)
class ExamTold:
    """An exam; `in_force` and `draft` are numbers of versions, null where there is none."""

    code: str
    title: str
    program: str
    institution: str
    in_force: int | None
    draft: int | None


@dataclass(frozen=True, slots=True)
class ExamVersionTold:
    """A version; `seen` names what it holds, for who publishes it."""

    exam: str
    version: int
    program: str
    terms: Terms
    items: int
    made_by: str
    published_by: str
    published_at: datetime | None
    seen: str


@dataclass(frozen=True, slots=True)
class WholeExam(ExamTold):
    """An exam with its versions, sittings, and how often each question was drawn."""

    versions: tuple[ExamVersionTold, ...]
    sittings: tuple[HeldSitting, ...]
    drawn: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WholeVersion(ExamVersionTold):
    """A version with its questions."""

    bank: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class FiguresTold:
    """How a question did: the band of learners who had it, right answers in percent, correlation with the rest."""

    item: str
    learners: Band
    right: int | None
    discrimination: Decimal | None


@dataclass(frozen=True, slots=True)
class BankTaken:
    """How many questions a bank holds, and which are new, changed or gone; whether the draft holds it now."""

    items: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    saved: bool


class GroupsIn(Posted):
    """By what learners may be compared; all that is not named may not."""

    groups: list[GroupKind]


class DrawIn(Posted):
    """So many questions of a topic; of one difficulty, or of any where it is null."""

    group: str
    count: int
    difficulty: Difficulty | None = None


class TermsIn(Posted):
    """What staff decide of a version; `draw` is its blueprint, `most_drawn` how often a question is drawn."""

    title: str
    minutes: int
    pass_percent: Decimal
    attempts_allowed: int
    courses: list[str] = []
    draw: list[DrawIn] = []
    grace_seconds: int = 30
    most_drawn: int | None = None


class ExamIn(TermsIn):
    """A new exam of a program, such as MITx/SCM; its code never changes."""

    code: str
    program: str


class BankIn(Posted):
    """An OLX course as .tar.gz or .zip in base64; `dry_run` only says what it would change."""

    archive_base64: Annotated[str, Field(max_length=LARGEST)]
    dry_run: bool = True


class ExtraTimesIn(Posted):
    """A list as CSV with the columns email and percent; `dry_run` only says what it would do."""

    csv: Annotated[str, Field(max_length=LARGEST)]
    dry_run: bool = True


class RetiredIn(Posted):
    """Whether a question is drawn no more."""

    retired: bool


class SeenIn(Posted):
    """`seen` is that of the version that was looked at; null to publish unseen."""

    seen: str | None = None


class SecondPersonIn(Posted):
    """Whether another person publishes than made the version."""

    second_person: bool


class SittingIn(Posted):
    """When a sitting opens, closes and tells its results, and its places; null for no limit."""

    opens_at: AwareDatetime
    closes_at: AwareDatetime
    release_at: AwareDatetime
    capacity: int | None = None


class ClosesIn(Posted):
    """When a sitting closes now."""

    closes_at: AwareDatetime


class WhyIn(Posted):
    """Why; the learners read it."""

    reason: str


@router.get("/exams", operation_id="list_made_exams")
def list_exams(request: Request) -> list[ExamTold]:
    """The exams of the institutions at which the caller makes them, by code."""
    return [_exam(row) for row in queries.made_exams(request.actor)]


@router.get("/exams/{code}", operation_id="get_made_exam")
def get_exam(request: Request, code: str) -> WholeExam:
    """An exam with its versions, sittings, and how often each question was drawn."""
    found = queries.made_exam(request.actor, code)
    return WholeExam(
        **parts(_exam(found)),
        versions=tuple(_version(row) for row in queries.versions(request.actor, code)),
        sittings=queries.held_sittings(request.actor, code),
        drawn=queries.exposure(request.actor, code),
    )


@router.get("/exams/{code}/versions/{int:number}", operation_id="get_exam_version")
def get_version(request: Request, code: str, number: int) -> WholeVersion:
    """A version with its bank."""
    found = queries.version(request.actor, code, number)
    return WholeVersion(**parts(_version(found)), bank=found.bank)


@router.get("/exams/{code}/versions/{int:number}/form", operation_id="preview_exam_form")
def preview(request: Request, code: str, number: int, seed: int = 1) -> tuple[Question, ...]:
    """A question set as a learner gets it, drawn by a number."""
    return queries.preview(request.actor, code, number, seed)


@router.get("/exams/{code}/versions/{int:number}/analysis", operation_id="analyse_exam")
def analysis(request: Request, code: str, number: int) -> tuple[FiguresTold, ...]:
    """How each question did in released results, hardest first: `right` in percent; null where few had it."""
    found = statistics_screen(request.actor, code, number).questions
    return tuple(FiguresTold(one.item.id, one.learners, *_rounded(one)) for one in found)


@router.get("/exams/{code}/versions/{int:number}/statistics", operation_id="exam_statistics")
def statistics(
    request: Request, code: str, number: int, counted: Counted = Counted.ALL, out: Out = Out.RELEASED
) -> StatisticsScreen:
    """How a version and each of its questions did, as the page shows it; figures that few stand behind are null."""
    return statistics_screen(request.actor, code, number, counted=counted, out=out)


@router.post("/exams/{code}/versions/{int:number}/models", operation_id="ask_exam_models")
@idempotent
def ask_models(request: Request, code: str, number: int, body: Posted) -> StatisticsScreen:
    """Have what models say of a version worked out; where it is under way, or nothing came since, nothing changes."""
    actions.ask_analysis(actor=request.actor, code=code, number=number, now=request.now)
    return statistics_screen(request.actor, code, number)


@router.post("/institutions/{institution}/compared-groups", operation_id="set_compared_groups")
@idempotent
def set_compared(request: Request, institution: str, body: GroupsIn) -> None:
    """Choose by what learners of the institution's exams may be compared, each group of 100 or more; none at first."""
    actions.set_compared_groups(actor=request.actor, institution=institution, groups=set(body.groups), now=request.now)


def _rounded(one: QuestionFigures) -> tuple[int | None, Decimal | None]:
    return None if one.right is None else int(one.right), one.discrimination


@router.post("/exams", operation_id="draft_exam")
@idempotent
def draft_exam(request: Request, body: ExamIn) -> ExamVersionTold:
    """Draft a new exam."""
    found = actions.draft_exam(
        actor=request.actor, code=body.code, program_key=body.program, terms=_terms(body), now=request.now
    )
    return _version(found)


@router.post("/exams/{code}/draft", operation_id="draft_exam_version")
@idempotent
def draft_version(request: Request, code: str, body: Posted) -> ExamVersionTold:
    """Begin a new version as a copy of the one in force, or give the draft there is."""
    return _version(actions.draft_version(actor=request.actor, code=code, now=request.now))


@router.post("/exams/{code}/draft/terms", operation_id="change_exam_terms")
@idempotent
def change_terms(request: Request, code: str, body: TermsIn) -> ExamVersionTold:
    """Change the terms and the blueprint of the draft."""
    return _version(actions.change_terms(actor=request.actor, code=code, terms=_terms(body), now=request.now))


@router.post("/exams/{code}/draft/bank", operation_id="take_exam_bank")
@idempotent
def take_bank(request: Request, code: str, body: BankIn) -> BankTaken:
    """Exchange the questions of the draft, or say what that would change; each that cannot be used is named."""
    archive = from_base64(body.archive_base64, "archive_base64")
    change = actions.take_bank(actor=request.actor, code=code, archive=archive, dry_run=body.dry_run, now=request.now)
    return BankTaken(len(change.bank), change.new, change.changed, change.gone, saved=not body.dry_run)


@router.post("/exams/{code}/draft/items/{item}/retired", operation_id="retire_exam_item")
@idempotent
def retire_item(request: Request, code: str, item: str, body: RetiredIn) -> ExamVersionTold:
    """Have a question of the draft drawn no more, or again."""
    return _version(
        actions.retire_item(actor=request.actor, code=code, item=item, retired=body.retired, now=request.now)
    )


@router.post("/exams/{code}/draft/discard", operation_id="discard_exam_draft")
@idempotent
def discard_draft(request: Request, code: str, body: Posted) -> None:
    """Throw the draft away; published versions stay."""
    actions.discard_draft(actor=request.actor, code=code, now=request.now)


@router.post("/exams/{code}/versions/{int:number}/publish", operation_id="publish_exam_version")
@idempotent
def publish_version(request: Request, code: str, number: int, body: SeenIn) -> ExamVersionTold:
    """Publish the draft; where the institution asks for it, by another person than made it."""
    return _version(
        actions.publish_version(actor=request.actor, code=code, number=number, now=request.now, seen=body.seen)
    )


@router.post("/institutions/{institution}/second-person", operation_id="set_exam_second_person")
@idempotent
def set_second_person(request: Request, institution: str, body: SecondPersonIn) -> None:
    """Choose whether another person publishes an exam than made it."""
    actions.set_second_person(
        actor=request.actor, institution=institution, second_person=body.second_person, now=request.now
    )


@router.post("/exams/{code}/sittings", operation_id="add_sitting")
@idempotent
def add_sitting(request: Request, code: str, body: SittingIn) -> Made:
    """Add a sitting; the same again gives the one there is."""
    sitting_id = actions.add_sitting(
        actor=request.actor,
        code=code,
        opens_at=body.opens_at,
        closes_at=body.closes_at,
        release_at=body.release_at,
        capacity=body.capacity,
        now=request.now,
    )
    return Made(sitting_id)


@router.post("/exams/{code}/extra-times", operation_id="take_extra_times")
@idempotent
def take_accommodations(request: Request, code: str, body: ExtraTimesIn) -> tuple[AccommodationLine, ...]:
    """Grant extra time to many learners, or say what that would do; what became of each row."""
    return actions.take_accommodations(
        actor=request.actor, code=code, content=body.csv, trial=body.dry_run, now=request.now
    )


@router.post("/sittings/{uuid:sitting_id}/change", operation_id="change_sitting")
@idempotent
def change_sitting(request: Request, sitting_id: UUID, body: SittingIn) -> None:
    """Change a sitting in which nobody checked in; those whom it concerns are told."""
    actions.change_sitting(
        actor=request.actor,
        sitting_id=sitting_id,
        opens_at=body.opens_at,
        closes_at=body.closes_at,
        release_at=body.release_at,
        capacity=body.capacity,
        now=request.now,
    )


@router.post("/sittings/{uuid:sitting_id}/prolong", operation_id="prolong_sitting")
@idempotent
def prolong_sitting(request: Request, sitting_id: UUID, body: ClosesIn) -> None:
    """Close a sitting later; attempts get back the time that its close cut off."""
    actions.prolong_sitting(actor=request.actor, sitting_id=sitting_id, closes_at=body.closes_at, now=request.now)


@router.post("/sittings/{uuid:sitting_id}/cancel", operation_id="cancel_sitting")
@idempotent
def cancel_sitting(request: Request, sitting_id: UUID, body: WhyIn) -> None:
    """Cancel a sitting before it closes; those whom it concerns are told why."""
    actions.cancel_sitting(actor=request.actor, sitting_id=sitting_id, reason=body.reason, now=request.now)


def _exam(found: MadeExam) -> ExamTold:
    return ExamTold(
        code=found.code,
        title=found.title,
        program=found.program_key,
        institution=found.institution,
        in_force=found.in_force.version if found.in_force else None,
        draft=found.draft.version if found.draft else None,
    )


def _version(found: Version) -> ExamVersionTold:
    return ExamVersionTold(
        exam=found.exam.code,
        version=found.exam.version,
        program=found.exam.program_key,
        terms=found.terms,
        items=len(found.bank),
        made_by=found.made_by,
        published_by=found.published_by,
        published_at=found.published_at,
        seen=version_of(queries.content_shown(found)),
    )


def _terms(body: TermsIn) -> Terms:
    return Terms(
        body.title,
        body.minutes,
        body.pass_percent,
        body.attempts_allowed,
        tuple(body.courses),
        tuple(Draw(line.group, line.count, line.difficulty) for line in body.draw),
        body.grace_seconds,
        body.most_drawn,
    )
