"""What the registrars and deans of the parties see of agreements that are not public yet, and how they came about."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from linkspan.accounts.queries import people_by_id, people_with_role
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import granted, public
from linkspan.pathways.models import (
    AgreementApprovalRow,
    AgreementCommentRow,
    AgreementDraftRow,
    AgreementMoveRow,
    AgreementVersionRow,
)
from linkspan.pathways.queries.here import problems_here
from linkspan.pathways.queries.versions import terms_in
from linkspan.pathways.rules.agreement import Agreement, Policy
from linkspan.pathways.rules.life.lifecycle import (
    APPROVERS,
    Approval,
    Move,
    Status,
    may_edit_agreement,
    may_start_agreement,
    parties_of,
    status_at,
)
from linkspan.pathways.rules.life.readiness import Problem, problems_of
from linkspan.pathways.rules.life.versions import in_force


@dataclass(frozen=True, slots=True)
class Version:
    """A version with all that happened to it."""

    agreement_id: str
    version: int
    sha256: str
    terms: Agreement
    sending: str
    receiving: str
    recorded_at: datetime
    moves: tuple[Move, ...]
    approvals: tuple[Approval, ...]
    keeper_id: UUID | None = None
    reply_by: date | None = None

    @property
    def status(self) -> Status:
        """The status of the newest move."""
        return Status(self.moves[-1].status) if self.moves else Status.DRAFT

    @property
    def title(self) -> str:
        """The receiving degree."""
        return self.terms.name

    @property
    def document(self) -> dict[str, Any]:
        """The terms as they are written."""
        return self.terms.as_json()

    @property
    def teach_out_until(self) -> date | None:
        """The last day on which people who are in can finish, if it is closed to new entrants."""
        return next((move.until for move in reversed(self.moves) if move.status == Status.CLOSED), None)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a party is writing."""

    id: UUID
    agreement_id: str
    owner: str
    terms: Agreement
    revision: int
    written_by: str
    begun_at: datetime
    saved_at: datetime
    keeper_id: UUID | None = None
    reply_by: date | None = None

    @property
    def title(self) -> str:
        """The receiving degree, as far as it is named."""
        degree = self.terms.receiving.name if self.terms.receiving else ""
        return str(self.terms.title or degree or self.agreement_id)

    @property
    def document(self) -> dict[str, Any]:
        """The terms as they are written."""
        return self.terms.as_json()


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a version or one of its clauses."""

    clause: str
    institution: str
    actor: str
    text: str
    at: datetime


def version_detail(actor: Actor, agreement_id: str, version: int) -> Version:
    """One version, for the parties, auditors and the system."""
    row = _versions().filter(agreement_id=agreement_id, version=version).first()
    if row is None or not _may_see(actor, row):
        raise NotFound(
            "agreement_unknown",
            "There is no version {version} of {agreement_id} for you to see.",
            version=version,
            agreement_id=agreement_id,
        )
    return _version(row)


def versions_of(actor: Actor, agreement_id: str) -> tuple[Version, ...]:
    """All versions of an agreement, oldest first, for the parties, auditors and the system."""
    rows = [row for row in _versions().filter(agreement_id=agreement_id).order_by("version") if _may_see(actor, row)]
    return tuple(_version(row) for row in rows)


def other_versions(agreement_id: str, version: int) -> list[Agreement]:
    """The other versions of an agreement, for its static checks: each that was ever in force is active.

    What was sent and never came into force leaves no gap and covers none.
    """
    rows = AgreementVersionRow.objects.filter(agreement_id=agreement_id).exclude(version=version)
    known = rows.annotate(
        ran=Exists(AgreementMoveRow.objects.filter(agreement_version=OuterRef("pk"), status=Status.ACTIVE))
    )
    read = ((terms_in(row), row.ran) for row in known.order_by("version"))
    return [replace(terms, status=str(Status.ACTIVE)) if ran else terms for terms, ran in read]


@granted
def was_in_force(agreement_id: str) -> bool:
    """Whether any version of an agreement ever was active, so that people were told of it."""
    moves = AgreementMoveRow.objects.filter(agreement_version__agreement_id=agreement_id)
    return moves.filter(status=Status.ACTIVE).exists()


def problems_beside(actor: Actor, terms: Agreement) -> tuple[Problem, ...]:
    """What the static checks find in a version, or in a draft as if it were sent, beside the other versions."""
    seen = versions_of(actor, terms.id)
    others = other_versions(terms.id, terms.version) if seen else []
    if terms.status != Status.DRAFT:
        return problems_of(terms.as_json(), others)
    sent = replace(terms, status=str(Status.PARTNER_REVIEW))
    return (*problems_here(terms), *problems_of(sent.as_json(), others))


@public
def policies_for(terms: Agreement) -> dict[str, Policy]:
    """The policies of an agreement's parties by identifier, in their newest version, as agreements on record hold them.

    Policies are of an institution, in force for whoever applies there, and public with each agreement that names them.
    """
    parties = {str(side.institution or "") for side in (terms.sending, terms.receiving) if side}
    rows = AgreementVersionRow.objects.filter(receiving__in=parties) | AgreementVersionRow.objects.filter(
        sending__in=parties
    )
    ran = rows.filter(moves__status=Status.ACTIVE).distinct()
    found: dict[str, Policy] = {}
    for held in ran.values_list("document__policies", flat=True):
        for policy in map(Policy.read, held or ()):
            newest = found.get(policy.id)
            if policy.institution in parties and (newest is None or newest.version < policy.version):
                found[policy.id] = policy
    return found


def own_versions(actor: Actor) -> tuple[Version, ...]:
    """The newest version of every agreement to which an institution of the actor's is a party, by title."""
    mine = institutions_of(actor)
    newest: dict[str, AgreementVersionRow] = {}
    rows = _versions().filter(sending__in=mine) | _versions().filter(receiving__in=mine)
    for row in rows.order_by("version"):
        newest[row.agreement_id] = row
    return tuple(
        sorted((_version(row) for row in newest.values()), key=lambda found: (found.title, found.agreement_id))
    )


def versions_to_approve(actor: Actor) -> int:
    """How many versions in partner review the actor's side has not approved yet."""
    waiting = [version for version in own_versions(actor) if version.status == Status.PARTNER_REVIEW]
    return sum(not _approved(actor, version) for version in waiting)


def _approved(actor: Actor, version: Version) -> bool:
    given = {approval.party for approval in version.approvals if approval.sha256 == version.sha256}
    return not given.isdisjoint(parties_of(actor, version.sending, version.receiving))


def own_drafts(actor: Actor) -> tuple[Draft, ...]:
    """The open drafts of the actor's institutions, last saved first."""
    rows = AgreementDraftRow.objects.filter(owner__in=institutions_of(actor), sent_at=None, dropped_at=None)
    return tuple(draft_of(row) for row in rows.order_by("-saved_at"))


def draft(actor: Actor, draft_id: UUID) -> Draft:
    """An open draft of one's own institution."""
    row = AgreementDraftRow.objects.filter(id=draft_id, sent_at=None, dropped_at=None).first()
    if row is None or not may_start_agreement(actor, row.owner):
        raise NotFound("draft_unknown", "There is no such draft of your institution. It may have been sent.")
    return draft_of(row)


def keepers_of(actor: Actor, owner: str) -> dict[UUID, str]:
    """Who can look after an agreement at an institution, by name: its registrars and deans, for these."""
    permit(may_start_agreement(actor, owner) or actor.is_system, "choose who looks after an agreement")
    ids = {person for role in APPROVERS for person in people_with_role(role, owner)}
    return {key: found.name for key, found in sorted(people_by_id(ids).items(), key=lambda one: one[1].name)}


def comments_on(actor: Actor, agreement_id: str, version: int) -> tuple[Comment, ...]:
    """Remarks on a version, oldest first, for the parties."""
    version_detail(actor, agreement_id, version)
    rows = AgreementCommentRow.objects.filter(
        agreement_version__agreement_id=agreement_id, agreement_version__version=version
    )
    return tuple(
        Comment(row.clause, row.institution, row.actor_name, row.text, row.at) for row in rows.order_by("at", "id")
    )


def status_as_recorded(actor: Actor, agreement_id: str, recorded: datetime, valid: date) -> tuple[Version, Status]:
    """What was on record at an instant about a day: the version then valid, and its status.

    Of the versions recorded by then whose period holds the day, the newest that was past review; else the newest of
    them. NotFound if none was on record.
    """
    permit(actor.is_system or actor.has_role("auditor") or bool(institutions_of(actor)), "see what was on record")
    found = []
    for version in versions_of(actor, agreement_id):
        if version.recorded_at <= recorded and in_force(version.terms, valid):
            found.append((version, status_at(version.moves, recorded, valid)))
    if not found:
        raise NotFound(
            "agreement_unknown",
            "Nothing about {agreement_id} on {valid} was on record at {recorded}.",
            agreement_id=agreement_id,
            valid=valid,
            recorded=recorded,
        )
    past_review = [row for row in found if row[1] in (Status.ACTIVE, Status.SUSPENDED, Status.CLOSED, Status.RETIRED)]
    return (past_review or found)[-1]


def institutions_of(actor: Actor) -> frozenset[str]:
    """The institutions for which the actor speaks in agreements."""
    return frozenset().union(*(actor.institutions_as(role) for role in APPROVERS))


def approval_of(row: AgreementApprovalRow) -> Approval:
    """An approval as a value."""
    return Approval(row.party, row.institution, row.sha256, row.person_id, row.actor_name, row.role, row.at)


def move_of(row: AgreementMoveRow) -> Move:
    """A move as a value."""
    return Move(Status(row.status), row.actor_name, row.reason, row.at, row.effective, row.until)


def draft_of(row: AgreementDraftRow) -> Draft:
    """A draft as a value."""
    return Draft(
        row.id,
        row.agreement_id,
        row.owner,
        Agreement.read(row.document),
        row.revision,
        row.written_by,
        row.begun_at,
        row.saved_at,
        row.keeper_id,
        row.reply_by,
    )


def _versions() -> Any:
    return AgreementVersionRow.objects.prefetch_related("moves", "approvals")


def _may_see(actor: Actor, row: AgreementVersionRow) -> bool:
    return actor.has_role("auditor") or may_edit_agreement(actor, row.sending, row.receiving)


def _version(row: AgreementVersionRow) -> Version:
    moves = tuple(move_of(held) for held in sorted(row.moves.all(), key=lambda held: (held.at, held.id)))
    approvals = tuple(approval_of(held) for held in row.approvals.all() if held.withdrawn_at is None)
    status = moves[-1].status if moves else Status.DRAFT
    return Version(
        row.agreement_id,
        row.version,
        row.sha256,
        replace(terms_in(row), status=str(status)),
        row.sending,
        row.receiving,
        row.recorded_at,
        moves,
        approvals,
        row.keeper_id,
        row.reply_by,
    )
