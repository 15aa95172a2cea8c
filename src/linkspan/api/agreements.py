"""Agreements at the registrar's and dean's desk: drafts, versions, approvals, moves, impact, the files of both ways."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Done, Router, parts
from linkspan.api.documents import Agreement
from linkspan.api.once import LARGEST, NothingIn, Posted, idempotent
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.pathways.queries import ImpactReport
from linkspan.pathways.rules import (
    Approval,
    Difference,
    DraftAct,
    Line,
    Move,
    Problem,
    Status,
    agreement_in_words,
    difference_in_words,
)
from linkspan.screens.draft import draft_screen

router = Router()
VERSION = "/versions/{agreement_id}/{int:version}"


@dataclass(frozen=True, slots=True)
class VersionTold:
    """A version of an agreement, and where it stands."""

    agreement: str
    version: int
    sha256: str
    status: Status
    title: str
    sending: str
    receiving: str
    recorded_at: datetime
    reply_by: date | None

    @classmethod
    def of(cls, found: queries.Version, **more: Any) -> Self:
        """What is told of a version."""
        told = ("version", "sha256", "status", "title", "sending", "receiving", "recorded_at", "reply_by")
        return cls(agreement=found.agreement_id, **{name: getattr(found, name) for name in told}, **more)


@dataclass(frozen=True, slots=True)
class DraftTold:
    """A draft with its terms as they are saved."""

    id: UUID
    agreement: str
    owner: str
    revision: int
    saved_at: datetime
    document: Mapping[str, Any]
    keeper_id: UUID | None
    reply_by: date | None

    @classmethod
    def of(cls, found: queries.Draft, **more: Any) -> Self:
        """What is told of a draft."""
        told = ("id", "owner", "revision", "saved_at", "document", "keeper_id", "reply_by")
        return cls(agreement=found.agreement_id, **{name: getattr(found, name) for name in told}, **more)


@dataclass(frozen=True, slots=True)
class LineTold:
    """A line of the terms in words."""

    section: str
    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class VersionInFull(VersionTold):
    """A version with its terms, moves, approvals, remarks, the problems of the checks, and its words."""

    document: Agreement
    moves: tuple[Move, ...]
    approvals: tuple[Approval, ...]
    comments: tuple[queries.Comment, ...]
    problems: tuple[Problem, ...]
    words: tuple[LineTold, ...]


@dataclass(frozen=True, slots=True)
class DifferenceTold:
    """A clause in which two versions differ."""

    section: str
    clause: str
    before: str
    after: str
    kind: str


@dataclass(frozen=True, slots=True)
class DraftChecked(DraftTold):
    """A draft with what can be done with it, its words, what the checks say, and how it differs from what it follows.

    `follows` is the version before it; `begins_before`, whether sending it needs a reason, as it begins in the past.
    """

    acts: tuple[DraftAct, ...]
    problems: tuple[Problem, ...]
    words: tuple[LineTold, ...]
    follows: int | None
    differences: tuple[DifferenceTold, ...]
    begins_before: bool
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentDraft:
    """The version that a draft became."""

    agreement: str
    version: int


@dataclass(frozen=True, slots=True)
class ImportedRows:
    """How many rows were taken instead of how many; `saved` is false for a trial."""

    rows: int
    instead_of: int
    saved: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands."""

    status: Status


class DraftIn(Posted):
    """Whose draft, and what it begins with: the names of the parties at least, or another agreement's terms."""

    owner: str
    document: dict[str, Any]


class SaveIn(Posted):
    """What was written, over which revision."""

    document: dict[str, Any]
    revision: int = Field(ge=0, le=2_000_000_000)


class DraftSendIn(Posted):
    """For review, or announced as in qualification; `reason`: why a later version begins in the past."""

    to: Status = Status.PARTNER_REVIEW
    reason: str = ""


class ApproveIn(Posted):
    """The hash of the terms that were read."""

    sha256: str


class ReasonIn(Posted):
    """A reason."""

    reason: str


class CommentIn(Posted):
    """A remark on a clause, or on the whole."""

    text: str
    clause: str = ""


class MoveIn(Posted):
    """What the version becomes, why, and the last day of a teach-out."""

    to: Status
    reason: str
    until: date | None = None


class TableIn(Posted):
    """A CSV table of recognition rows; with `dry_run` nothing is kept."""

    table: str = Field(max_length=LARGEST)
    dry_run: bool = False


@router.get("/mine", operation_id="own_agreements")
def own_agreements(request: Request) -> list[VersionTold]:
    """The newest version of every agreement of the caller's institutions, and where it stands."""
    return [VersionTold.of(version) for version in queries.own_versions(request.actor)]


@router.get("/drafts", operation_id="own_drafts")
def own_drafts(request: Request) -> list[DraftTold]:
    """The open drafts of the caller's institutions."""
    return [DraftTold.of(draft) for draft in queries.own_drafts(request.actor)]


@router.post("/drafts", operation_id="start_draft")
@idempotent
def start_draft(request: Request, body: DraftIn) -> DraftTold:
    """Begin a draft; the open one of the same agreement is given back."""
    draft_id = actions.start_draft(actor=request.actor, owner=body.owner, document=body.document, now=request.now)
    return DraftTold.of(queries.draft(request.actor, draft_id))


@router.get("/drafts/{uuid:draft_id}", operation_id="get_draft")
def get_draft(request: Request, draft_id: UUID) -> DraftChecked:
    """A draft as its page shows it: what can be done with it, its words, what the checks say, what differs."""
    screen = draft_screen(request.actor, draft_id, request.now)
    return DraftChecked.of(
        screen.draft,
        acts=screen.acts,
        problems=screen.problems,
        words=_told(screen.words),
        follows=screen.before.version if screen.before else None,
        differences=_differing(screen.differences),
        begins_before=screen.begins_before,
        policies=screen.policies,
    )


@router.post("/drafts/{uuid:draft_id}", operation_id="save_draft")
@idempotent
def save_draft(request: Request, draft_id: UUID, body: SaveIn) -> DraftTold:
    """Keep what was written, finished or not; refused if somebody saved in between."""
    saved = actions.save_draft(
        actor=request.actor,
        draft_id=draft_id,
        document=body.document,
        revision=body.revision,
        now=request.now,
    )
    return DraftTold.of(saved)


@router.post("/drafts/{uuid:draft_id}/sending", operation_id="send_draft")
@idempotent
def send_draft(request: Request, draft_id: UUID, body: DraftSendIn) -> SentDraft:
    """Make the draft the next version, for the other party to read; refused on errors of the checks."""
    name, version = actions.send_draft(
        actor=request.actor, draft_id=draft_id, now=request.now, to=body.to, reason=body.reason
    )
    return SentDraft(name, version)


@router.post("/drafts/{uuid:draft_id}/recognition", operation_id="import_recognition")
@idempotent
def import_recognition(request: Request, draft_id: UUID, body: TableIn) -> ImportedRows:
    """Take recognition rows from a CSV table instead of the draft's; each wrong row is named by its line."""
    return ImportedRows(
        **actions.import_recognition(
            actor=request.actor, draft_id=draft_id, table=body.table, dry_run=body.dry_run, now=request.now
        )
    )


@router.post("/drafts/{uuid:draft_id}/dropping", operation_id="drop_draft")
@idempotent
def drop_draft(request: Request, draft_id: UUID, body: NothingIn) -> Done:
    """Give a draft up."""
    actions.drop_draft(actor=request.actor, draft_id=draft_id, now=request.now)
    return Done()


@router.post("/drafts/{uuid:draft_id}/impact", operation_id="report_draft_impact")
@idempotent
def report_draft_impact(request: Request, draft_id: UUID, body: NothingIn) -> ImpactReport:
    """Judge every holder of the sending credential under the draft and under what stands before it."""
    report_id = actions.report_draft_impact(actor=request.actor, draft_id=draft_id, now=request.now)
    return actions.read_impact(actor=request.actor, report_id=report_id, now=request.now)


@router.get(VERSION, operation_id="get_version")
def get_version(request: Request, agreement_id: str, version: int) -> VersionInFull:
    """One version with its moves, approvals, remarks, the checks' problems, and its words."""
    found = queries.version_detail(request.actor, agreement_id, version)
    return VersionInFull.of(
        found,
        document=found.document,
        moves=found.moves,
        approvals=tuple(replace(approval, person_id=None) for approval in found.approvals),
        comments=queries.comments_on(request.actor, agreement_id, version),
        problems=queries.problems_beside(request.actor, found.terms),
        words=_told(agreement_in_words(found.terms)),
    )


@router.get(VERSION + "/difference", operation_id="version_difference")
def version_difference(request: Request, agreement_id: str, version: int, other: int) -> list[DifferenceTold]:
    """The clauses in which this version differs from another, in words."""
    later = queries.version_detail(request.actor, agreement_id, version)
    earlier = queries.version_detail(request.actor, agreement_id, other)
    return list(_differing(difference_in_words(earlier.terms, later.terms)))


@router.get("/recorded/{agreement_id}", operation_id="agreement_as_recorded")
def agreement_as_recorded(request: Request, agreement_id: str, recorded: datetime, valid: date) -> VersionTold:
    """The two clocks: what was on record at an instant about a day."""
    if recorded.tzinfo is None:
        raise Unusable("instant_unusable", "recorded: an instant with its offset is needed.")
    version, status = queries.status_as_recorded(request.actor, agreement_id, recorded, valid)
    return replace(VersionTold.of(version), status=status)


@router.post(VERSION + "/approval", operation_id="approve_version")
@idempotent
def approve_version(request: Request, agreement_id: str, version: int, body: ApproveIn) -> Standing:
    """Approve the terms that one has read, for one's own institution."""
    status = actions.approve_version(
        actor=request.actor, agreement_id=agreement_id, version=version, seen_sha256=body.sha256, now=request.now
    )
    return Standing(status)


@router.post(VERSION + "/approval/withdrawal", operation_id="withdraw_approval")
@idempotent
def withdraw_approval(request: Request, agreement_id: str, version: int, body: ReasonIn) -> Standing:
    """Take one's own institution's approval back before the version is active."""
    status = actions.withdraw_approval(
        actor=request.actor, agreement_id=agreement_id, version=version, reason=body.reason, now=request.now
    )
    return Standing(status)


@router.post(VERSION + "/comments", operation_id="comment_on_version")
@idempotent
def comment_on_version(request: Request, agreement_id: str, version: int, body: CommentIn) -> Done:
    """Write a remark for both parties."""
    actions.comment_on_version(
        actor=request.actor,
        agreement_id=agreement_id,
        version=version,
        clause=body.clause,
        text=body.text,
        now=request.now,
    )
    return Done()


@router.post(VERSION + "/status", operation_id="move_version")
@idempotent
def move_version(request: Request, agreement_id: str, version: int, body: MoveIn) -> Standing:
    """Activate, suspend, close to new entrants, retire or reject a version."""
    status = actions.move_agreement(
        actor=request.actor,
        agreement_id=agreement_id,
        version=version,
        to=body.to,
        reason=body.reason,
        now=request.now,
        until=body.until,
    )
    return Standing(status)


@router.post(VERSION + "/impact", operation_id="report_version_impact")
@idempotent
def report_version_impact(request: Request, agreement_id: str, version: int, body: NothingIn) -> ImpactReport:
    """Who would gain and lose by this version, and the tuition effect; the partner's learners as counts."""
    report_id = actions.report_version_impact(
        actor=request.actor, agreement_id=agreement_id, version=version, now=request.now
    )
    return actions.read_impact(actor=request.actor, report_id=report_id, now=request.now)


def _told(lines: tuple[Line, ...]) -> tuple[LineTold, ...]:
    return tuple(LineTold(line.section, line.clause, line.in_words()) for line in lines)


def _differing(found: tuple[Difference, ...]) -> tuple[DifferenceTold, ...]:
    return tuple(DifferenceTold(**parts(one), kind=one.kind) for one in found)
