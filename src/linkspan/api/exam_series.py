"""Series of exams: made and published, learners invited to them, and who stands where."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.queries import Series, SeriesStanding
from linkspan.exams.rules import Completion, InviteLine, SeriesTerms
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class SeriesVersion:
    """A version of a series; a draft until it is `published`."""

    code: str
    program: str
    version: int
    published: bool
    terms: SeriesTerms


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """An exam of a series: the best released result in percent, whether it is passed, whether it comes next."""

    exam: str
    title: str
    percent: Decimal | None
    passed: bool
    next: bool


@dataclass(frozen=True, slots=True)
class SeriesStandingTold:
    """Where a learner stands in a series: `percent` of the whole once enough exams have a result."""

    code: str
    version: int
    title: str
    invited: bool
    parts: tuple[SeriesPart, ...]
    percent: Decimal | None
    passed: bool


@dataclass(frozen=True, slots=True)
class SeriesLearner:
    """A learner of a series, and where they stand."""

    learner_id: UUID
    standing: SeriesStandingTold


@dataclass(frozen=True, slots=True)
class SeriesLearners:
    """A page of learners, of `total`."""

    rows: tuple[SeriesLearner, ...]
    total: int


class SeriesTermsIn(Posted):
    """What a series asks: its exams in their order, each with its weight, or all alike without weights."""

    title: str
    exams: Annotated[list[str], Field(max_length=50)]
    completion: Completion = Completion.ALL
    weights: Annotated[list[Decimal], Field(max_length=50)] = []
    best: int = 1
    pass_percent: Decimal = Decimal(0)
    in_order: bool = False
    by_invitation: bool = False
    one_fee: bool = False


class SeriesIn(SeriesTermsIn):
    """A new series of a program; its code never changes."""

    code: str
    program: str


class InvitationsIn(Posted):
    """Addresses to invite; `dry_run` only says what would become of each."""

    emails: Annotated[list[str], Field(max_length=2000)]
    dry_run: bool = True


class InvitationWithdrawalIn(Posted):
    """Why an invitation is taken back; the learner reads it."""

    reason: str


@router.get("/mine", operation_id="my_exam_series")
def mine(request: Request) -> tuple[SeriesStandingTold, ...]:
    """Where the caller stands in each series."""
    return tuple(_standing(one) for one in queries.my_series(request.actor))


@router.get("/institutions/{school}", operation_id="exam_series_of")
def of_school(request: Request, school: str) -> tuple[SeriesVersion, ...]:
    """The series of an institution, each by its draft or else by the version in force."""
    return tuple(_version(one) for one in queries.made_series(request.actor, school))


@router.post("/series", operation_id="draft_exam_series")
@idempotent
def draft(request: Request, body: SeriesIn) -> SeriesVersion:
    """Draft a new series."""
    code, key = body.code, body.program
    return _version(
        actions.draft_series(actor=request.actor, code=code, program_key=key, terms=_terms(body), now=request.now)
    )


@router.get("/series/{code}/versions", operation_id="exam_series_versions")
def versions(request: Request, code: str) -> tuple[SeriesVersion, ...]:
    """Every version of a series, newest first."""
    return tuple(_version(one) for one in queries.series_versions(request.actor, code))


@router.post("/series/{code}/draft", operation_id="change_exam_series")
@idempotent
def change(request: Request, code: str, body: SeriesTermsIn) -> SeriesVersion:
    """Change the draft, or begin a new version with these terms."""
    return _version(actions.change_series(actor=request.actor, code=code, terms=_terms(body), now=request.now))


@router.post("/series/{code}/versions/{int:number}/publication", operation_id="publish_exam_series")
@idempotent
def publish(request: Request, code: str, number: int, body: Posted) -> SeriesVersion:
    """Publish the draft: it never changes, and who begins later is judged by it."""
    return _version(actions.publish_series(actor=request.actor, code=code, number=number, now=request.now))


@router.post("/series/{code}/invitations", operation_id="invite_to_exam_series")
@idempotent
def invite(request: Request, code: str, body: InvitationsIn) -> tuple[InviteLine, ...]:
    """Invite learners by their addresses; what becomes of each."""
    content = "\n".join(one.replace("\n", " ").replace("\r", " ") for one in body.emails)
    return actions.invite_learners(actor=request.actor, code=code, content=content, trial=body.dry_run, now=request.now)


@router.post("/series/{code}/invitations/{uuid:learner_id}/withdrawal", operation_id="withdraw_exam_invitation")
@idempotent
def withdraw(request: Request, code: str, learner_id: UUID, body: InvitationWithdrawalIn) -> None:
    """Take an invitation back, with a reason."""
    actions.withdraw_invitation(
        actor=request.actor, code=code, learner_id=learner_id, reason=body.reason, now=request.now
    )


@router.get("/series/{code}/learners", operation_id="exam_series_learners")
def learners(request: Request, code: str, page: int = 1) -> SeriesLearners:
    """Who is invited or began, with where they stand."""
    found = queries.learners_in(request.actor, code, page)
    rows = tuple(SeriesLearner(one, _standing(standing)) for one, standing in found.rows if standing)
    return SeriesLearners(rows, found.total)


def _terms(body: SeriesTermsIn) -> SeriesTerms:
    told = (body.title, tuple(body.exams), body.completion, tuple(body.weights), body.best, body.pass_percent)
    return SeriesTerms(*told, body.in_order, body.by_invitation, body.one_fee)


def _version(found: Series) -> SeriesVersion:
    return SeriesVersion(found.code, found.program_key, found.version, found.published_at is not None, found.terms)


def _standing(found: SeriesStanding) -> SeriesStandingTold:
    parts = (
        SeriesPart(
            one.code,
            one.title,
            one.result.percent if one.result else None,
            one.result is not None and one.result.passed,
            one.next,
        )
        for one in found.parts
    )
    told = (found.series.code, found.series.version, found.series.terms.title, found.invited, tuple(parts))
    return SeriesStandingTold(*told, found.percent, found.passed)
