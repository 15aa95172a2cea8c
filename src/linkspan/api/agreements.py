"""Agreements at the registrar's and dean's desk: drafts, versions, approvals, moves, impact, the files of both ways."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router

from linkspan.api.once import LARGEST, Posted, idempotent
from linkspan.kernel.errors import Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.pathways import actions
from linkspan.pathways.queries import desk
from linkspan.pathways.rules.lifecycle import Status
from linkspan.pathways.rules.words import agreement_in_words, difference_in_words

router = Router()
VERSION = "/versions/{agreement_id}/{int:version}"


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


class NothingIn(Posted):
    """No more than the key."""


@router.get("/mine", response=list[dict[str, Any]], operation_id="own_agreements")
def own_agreements(request: Request) -> list[dict[str, Any]]:
    """The newest version of every agreement of the caller's institutions, and where it stands."""
    return [_brief(version) for version in desk.own_versions(request.actor)]


@router.get("/drafts", response=list[dict[str, Any]], operation_id="own_drafts")
def own_drafts(request: Request) -> list[dict[str, Any]]:
    """The open drafts of the caller's institutions."""
    return [_draft(draft) | {"document": draft.document} for draft in desk.own_drafts(request.actor)]


@router.post("/drafts", response=dict[str, Any], operation_id="start_draft")
@idempotent
def start_draft(request: Request, body: DraftIn) -> dict[str, Any]:
    """Begin a draft; the open one of the same agreement is given back."""
    draft_id = actions.start_draft(actor=request.actor, owner=body.owner, document=body.document, now=request.now)
    return _draft(desk.draft(request.actor, draft_id))


@router.get("/drafts/{uuid:draft_id}", response=dict[str, Any], operation_id="get_draft")
def get_draft(request: Request, draft_id: UUID) -> dict[str, Any]:
    """A draft with what the checks say of it, and its words."""
    draft = desk.draft(request.actor, draft_id)
    problems = jsonable(desk.problems_beside(request.actor, draft.document))
    return _draft(draft) | {"document": draft.document, "problems": problems, "words": _words(draft.document)}


@router.post("/drafts/{uuid:draft_id}", response=dict[str, Any], operation_id="save_draft")
@idempotent
def save_draft(request: Request, draft_id: UUID, body: SaveIn) -> dict[str, Any]:
    """Keep what was written, finished or not; refused if somebody saved in between."""
    saved = actions.save_draft(
        actor=request.actor,
        draft_id=draft_id,
        document=body.document,
        revision=body.revision,
        now=request.now,
    )
    return _draft(saved)


@router.post("/drafts/{uuid:draft_id}/sending", response=dict[str, Any], operation_id="send_draft")
@idempotent
def send_draft(request: Request, draft_id: UUID, body: DraftSendIn) -> dict[str, Any]:
    """Make the draft the next version, for the other party to read; refused on errors of the checks."""
    name, version = actions.send_draft(
        actor=request.actor, draft_id=draft_id, now=request.now, to=body.to, reason=body.reason
    )
    return {"agreement": name, "version": version}


@router.post("/drafts/{uuid:draft_id}/recognition", response=dict[str, Any], operation_id="import_recognition")
@idempotent
def import_recognition(request: Request, draft_id: UUID, body: TableIn) -> dict[str, Any]:
    """Take recognition rows from a CSV table instead of the draft's; each wrong row is named by its line."""
    return actions.import_recognition(
        actor=request.actor, draft_id=draft_id, table=body.table, dry_run=body.dry_run, now=request.now
    )


@router.post("/drafts/{uuid:draft_id}/dropping", response=dict[str, Any], operation_id="drop_draft")
@idempotent
def drop_draft(request: Request, draft_id: UUID, body: NothingIn) -> dict[str, Any]:
    """Give a draft up."""
    actions.drop_draft(actor=request.actor, draft_id=draft_id, now=request.now)
    return {"done": True}


@router.post("/drafts/{uuid:draft_id}/impact", response=dict[str, Any], operation_id="report_draft_impact")
@idempotent
def report_draft_impact(request: Request, draft_id: UUID, body: NothingIn) -> dict[str, Any]:
    """Judge every holder of the sending credential under the draft and under what stands before it."""
    report_id = actions.report_draft_impact(actor=request.actor, draft_id=draft_id, now=request.now)
    return jsonable(actions.read_impact(actor=request.actor, report_id=report_id, now=request.now))


@router.get(VERSION, response=dict[str, Any], operation_id="get_version")
def get_version(request: Request, agreement_id: str, version: int) -> dict[str, Any]:
    """One version with its moves, approvals, remarks, the checks' problems, and its words."""
    found = desk.version_detail(request.actor, agreement_id, version)
    return {
        **_brief(found),
        "document": found.document,
        "moves": jsonable(found.moves),
        "approvals": jsonable([{**jsonable(a), "person_id": None} for a in found.approvals]),
        "comments": jsonable(desk.comments_on(request.actor, agreement_id, version)),
        "problems": jsonable(desk.problems_beside(request.actor, found.document)),
        "words": _words(found.document),
    }


@router.get(VERSION + "/difference", response=list[dict[str, Any]], operation_id="version_difference")
def version_difference(request: Request, agreement_id: str, version: int, other: int) -> list[dict[str, Any]]:
    """The clauses in which this version differs from another, in words."""
    later = desk.version_detail(request.actor, agreement_id, version)
    earlier = desk.version_detail(request.actor, agreement_id, other)
    return [{**jsonable(d), "kind": d.kind} for d in difference_in_words(earlier.document, later.document)]


@router.get("/recorded/{agreement_id}", response=dict[str, Any], operation_id="agreement_as_recorded")
def agreement_as_recorded(request: Request, agreement_id: str, recorded: datetime, valid: date) -> dict[str, Any]:
    """The two clocks: what was on record at an instant about a day."""
    if recorded.tzinfo is None:
        raise Unusable("instant_unusable", "recorded: an instant with its offset is needed.")
    version, status = desk.status_as_recorded(request.actor, agreement_id, recorded, valid)
    return _brief(version) | {"status": str(status)}


@router.post(VERSION + "/approval", response=dict[str, Any], operation_id="approve_version")
@idempotent
def approve_version(request: Request, agreement_id: str, version: int, body: ApproveIn) -> dict[str, Any]:
    """Approve the terms that one has read, for one's own institution."""
    status = actions.approve_version(
        actor=request.actor, agreement_id=agreement_id, version=version, seen_sha256=body.sha256, now=request.now
    )
    return {"status": str(status)}


@router.post(VERSION + "/approval/withdrawal", response=dict[str, Any], operation_id="withdraw_approval")
@idempotent
def withdraw_approval(request: Request, agreement_id: str, version: int, body: ReasonIn) -> dict[str, Any]:
    """Take one's own institution's approval back before the version is active."""
    status = actions.withdraw_approval(
        actor=request.actor, agreement_id=agreement_id, version=version, reason=body.reason, now=request.now
    )
    return {"status": str(status)}


@router.post(VERSION + "/comments", response=dict[str, Any], operation_id="comment_on_version")
@idempotent
def comment_on_version(request: Request, agreement_id: str, version: int, body: CommentIn) -> dict[str, Any]:
    """Write a remark for both parties."""
    actions.comment_on_version(
        actor=request.actor,
        agreement_id=agreement_id,
        version=version,
        clause=body.clause,
        text=body.text,
        now=request.now,
    )
    return {"done": True}


@router.post(VERSION + "/status", response=dict[str, Any], operation_id="move_version")
@idempotent
def move_version(request: Request, agreement_id: str, version: int, body: MoveIn) -> dict[str, Any]:
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
    return {"status": str(status)}


@router.post(VERSION + "/impact", response=dict[str, Any], operation_id="report_version_impact")
@idempotent
def report_version_impact(request: Request, agreement_id: str, version: int, body: NothingIn) -> dict[str, Any]:
    """Who would gain and lose by this version, and the tuition effect; the partner's learners as counts."""
    report_id = actions.report_version_impact(
        actor=request.actor, agreement_id=agreement_id, version=version, now=request.now
    )
    return jsonable(actions.read_impact(actor=request.actor, report_id=report_id, now=request.now))


def _brief(version: desk.Version) -> dict[str, Any]:
    return {
        "agreement": version.agreement_id,
        "version": version.version,
        "sha256": version.sha256,
        "status": str(version.status),
        "title": version.title,
        "sending": version.sending,
        "receiving": version.receiving,
        "recorded_at": version.recorded_at.isoformat(),
    }


def _draft(draft: desk.Draft) -> dict[str, Any]:
    return {
        "id": str(draft.id),
        "agreement": draft.agreement_id,
        "owner": draft.owner,
        "revision": draft.revision,
        "saved_at": draft.saved_at.isoformat(),
    }


def _words(document: Any) -> list[dict[str, str]]:
    return [
        {"section": line.section, "clause": line.clause, "text": line.in_words()}
        for line in agreement_in_words(document)
    ]
