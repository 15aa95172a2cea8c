"""What learners hold, what waits for approval, and what institutions and holders chose."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from linkspan.accounts.rules import Tie
from linkspan.credentials.models import AlignmentRow, AwardPolicyRow, AwardRow, ClaimRow, CredentialRow, HolderRow
from linkspan.credentials.rules import (
    Award,
    AwardState,
    CredentialState,
    Holder,
    Issued,
    IssueKind,
    Objection,
    ShownPart,
    may_list_credentials,
    may_revoke,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import granted, public
from linkspan.kernel.refusals import Refusal


def credentials_of(actor: Actor, learner_id: UUID, kind: IssueKind | None = None) -> tuple[Issued, ...]:
    """A learner's credentials, of a kind or all, newest first; program staff see those of their institution."""
    rows = CredentialRow.objects.filter(learner_id=learner_id, **_issuers(actor, learner_id))
    rows = rows.order_by("-awarded_at", "-id")
    return tuple(issued(row) for row in (rows.filter(kind=kind) if kind else rows))


def degrees_held(actor: Actor, learner_id: UUID) -> dict[str, Issued]:
    """The newest credential of each degree of a learner, by what it is issued for; superseded ones are left out."""
    permit(may_list_credentials(actor, learner_id), "see these degrees")
    rows = CredentialRow.objects.filter(learner_id=learner_id, kind=IssueKind.DEGREE)
    rows = rows.exclude(state=CredentialState.SUPERSEDED).order_by("awarded_at", "id")
    return {row.achievement_key: issued(row) for row in rows}


def _issuers(actor: Actor, learner_id: UUID) -> dict[str, frozenset[str]]:
    """Of which institutions the actor sees what a learner holds, as a filter; NotPermitted if of none."""
    if may_list_credentials(actor, learner_id):
        return {}
    mine = actor.institutions_as("program_staff")
    permit(bool(mine), "see these credentials")
    return {"institution__in": mine}


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Whose credentials those people hold or held."""
    rows = CredentialRow.objects.filter(learner_id__in=ids).values_list("learner_id", "institution").distinct()
    return ((learner, Tie.HOLDS, institution) for learner, institution in rows)


@public
def credential(credential_id: UUID) -> Issued:
    """One credential: who has its identifier may see it (it is on the certificate)."""
    row = CredentialRow.objects.filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential. Check the address on the certificate.")
    return issued(row)


@public
def hidden_from(actor: Actor | None, held: Issued) -> frozenset[ShownPart]:
    """The parts that are not told to the actor: nothing is hidden from the holder and from who issued it."""
    if actor is not None and (actor.is_system or actor.person_id == held.learner_id or may_revoke(actor, held.issuer)):
        return frozenset()
    return held.hidden


@public
def whole_document(actor: Actor, credential_id: UUID) -> Issued:
    """A credential with its signed document; NotFound for others while its holder shows it in part."""
    held = credential(credential_id)
    if hidden_from(actor, held):
        raise NotFound(
            "credential_in_part",
            "Its holder shows this certificate in part, and keeps the file. Ask them to show it from a wallet.",
        )
    return held


@granted
def revoked_before(held: Collection[Issued]) -> dict[UUID, tuple[Refusal, ...]]:
    """What was revoked of the same achievement of the same holder before, newest first, by credential."""
    rows = CredentialRow.objects.filter(state=CredentialState.REVOKED, learner_id__in={one.learner_id for one in held})
    found: dict[tuple[UUID, str, str], list[tuple[UUID, Refusal]]] = {}
    for row in rows.order_by("-state_changed_at"):
        told = Refusal(row.title, row.state_changed_at or row.awarded_at, row.state_reason)
        found.setdefault((row.learner_id, row.kind, row.achievement_key), []).append((row.id, told))
    same = ((one.id, found.get((one.learner_id, one.kind, one.achievement_key), ())) for one in held)
    return {own: tuple(told for credential_id, told in revoked if credential_id != own) for own, revoked in same}


def waiting_awards(actor: Actor) -> tuple[Award, ...]:
    """Prepared program awards that the actor may decide on, oldest first."""
    schools = actor.institutions_as("registrar") | actor.institutions_as("program_staff")
    rows = AwardRow.objects.filter(state=AwardState.WAITING, institution__in=schools)
    rows = rows.exclude(prepared_by_id=actor.person_id) if actor.person_id else rows.none()
    found = list(rows.order_by("prepared_at", "id")[:500])
    against = _objections(found)
    return tuple(award(row, against.get((row.learner_id, row.program_key), ())) for row in found)


def refused_awards(actor: Actor) -> tuple[Award, ...]:
    """Program awards whose refusal stands, newest first, for staff who may prepare them again."""
    rows = standing_refusals().filter(institution__in=actor.institutions_as("program_staff"))
    return tuple(award(row) for row in rows.order_by("-prepared_at", "-id")[:500])


def standing_refusals() -> QuerySet[AwardRow]:
    """Refused awards of programs not held since: nobody has prepared them again."""
    same = AwardRow.objects.filter(learner_id=OuterRef("learner_id"), program_key=OuterRef("program_key"))
    later = same.filter(prepared_at__gt=OuterRef("prepared_at"))
    return AwardRow.objects.filter(~Exists(later), state=AwardState.REFUSED, supersedes=None)


def _objections(awards: Iterable[AwardRow]) -> dict[tuple[UUID, str], tuple[Objection, ...]]:
    """What was decided against these learners' programs before, oldest first."""
    learners, programs = {row.learner_id for row in awards}, {row.program_key for row in awards}
    found: dict[tuple[UUID, str], list[Objection]] = {}
    revoked = CredentialRow.objects.filter(kind=IssueKind.PROGRAM, state=CredentialState.REVOKED)
    for row in revoked.filter(learner_id__in=learners, achievement_key__in=programs).order_by("awarded_at"):
        told = Objection(
            CredentialState.REVOKED, row.state_changed_at, row.state_reason, row.lifted_by, row.lift_reason
        )
        found.setdefault((row.learner_id, row.achievement_key), []).append(told)
    refused = AwardRow.objects.filter(state=AwardState.REFUSED, learner_id__in=learners, program_key__in=programs)
    for one in refused.order_by("prepared_at"):
        told = Objection(AwardState.REFUSED, one.decided_at, one.reason)
        found.setdefault((one.learner_id, one.program_key), []).append(told)
    return {key: tuple(rows) for key, rows in found.items()}


def award_of(actor: Actor, learner_id: UUID, program_key: str) -> Award | None:
    """The award of a program that waits for a learner, or None."""
    rows = AwardRow.objects.filter(learner_id=learner_id, program_key=program_key, state=AwardState.WAITING)
    row = rows.filter(**_issuers(actor, learner_id)).first()
    return award(row) if row else None


def being_signed(actor: Actor, learner_id: UUID) -> tuple[str, ...]:
    """Return the titles of what was decided for a learner and waits for its signature, oldest first."""
    rows = ClaimRow.objects.filter(learner_id=learner_id, **_issuers(actor, learner_id)).order_by("at", "id")
    return tuple(rows.values_list("title", flat=True))


def being_signed_at(actor: Actor, institution: str) -> int:
    """Return how many credentials of an institution wait for their signature, for its staff."""
    permit(may_revoke(actor, institution), "see what is issued here")
    return ClaimRow.objects.filter(institution=institution).count()


@public
def takes_four_eyes(institution: str) -> bool:
    """Whether program awards of the institution are approved by another than prepared them; so unless it chose not."""
    row = AwardPolicyRow.objects.filter(institution=institution).first()
    return row is None or row.four_eyes


@granted
def holders(learner_ids: Iterable[UUID]) -> dict[UUID, Holder]:
    """What these holders chose, by learner; who chose nothing is left out."""
    rows = HolderRow.objects.filter(learner_id__in=list(learner_ids))
    return {row.learner_id: Holder(row.shows_name, row.did) for row in rows}


def alignments(achievement_key: str) -> list[dict[str, str]]:
    """What a course or program is aligned to, as members of an Alignment."""
    return [row.data for row in AlignmentRow.objects.filter(achievement_key=achievement_key).order_by("target_url")]


def issued(row: CredentialRow) -> Issued:
    """A row as a value."""
    return Issued(
        row.id,
        row.learner_id,
        IssueKind(row.kind),
        row.achievement_key,
        row.title,
        row.institution,
        row.holder_name,
        CredentialState(row.state),
        row.awarded_at,
        row.document,
        row.state_reason,
        row.superseded_by_id,
        row.lifted_by,
        row.lift_reason,
        frozenset(ShownPart(part) for part in row.hidden),
    )


def award(row: AwardRow, objections: tuple[Objection, ...] = ()) -> Award:
    """A row as a value."""
    return Award(
        row.id,
        row.learner_id,
        row.institution,
        row.program_key,
        row.title,
        AwardState(row.state),
        row.prepared_by,
        row.prepared_by_id,
        row.prepared_at,
        row.supersedes_id,
        row.reason,
        objections,
    )
