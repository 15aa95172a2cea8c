"""What both parties say of a version: approval over the hash of its terms, taken back, remarks."""

from datetime import datetime

from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Refused, Unusable, permit
from linkspan.pathways.actions.exchange import refuse_remote, tell_partner
from linkspan.pathways.actions.rows import locked_version, move, standing_of, subject_of
from linkspan.pathways.events import AgreementApproved, AgreementCommented, ApprovalWithdrawn
from linkspan.pathways.models import AgreementApprovalRow, AgreementCommentRow, AgreementVersionRow
from linkspan.pathways.queries.desk import approval_of
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.formats import check_understood
from linkspan.pathways.rules.life.exchange import Kind
from linkspan.pathways.rules.life.lifecycle import (
    Approval,
    Status,
    both_approved,
    check_approval,
    may_edit_agreement,
    parties_of,
    role_at,
)

LONGEST_COMMENT = 4000


@transaction.atomic
def approve_version(*, actor: Actor, agreement_id: str, version: int, seen_sha256: str, now: datetime) -> Status:
    """Approve the terms that one has read, for one's own institution; when both parties have, the version is approved.

    `seen_sha256` is the hash of what was read: if the terms are others, nothing is approved; nor are terms that this
    server does not understand.
    """
    row = locked_version(agreement_id, version)
    side = _side(actor, row)
    refuse_remote(row, side)
    check_understood(Agreement.read(row.document))
    given = given_approvals(row)
    if any(approval.party == side for approval in given):
        return standing_of(row)
    check_approval(standing_of(row), given, side, actor, seen_sha256, row.sha256)
    institution = str(getattr(row, side))
    approval = Approval(
        side, institution, row.sha256, actor.person_id, actor.name, role_at(actor, institution) or "", now
    )
    tell_partner(actor, row, Kind.APPROVAL, now)
    return keep_approval(actor, row, approval, now)


def keep_approval(actor: Actor, row: AgreementVersionRow, approval: Approval, now: datetime) -> Status:
    """Write an approval with its trail and event; in the caller's transaction, after the rules were asked."""
    AgreementApprovalRow.objects.create(
        agreement_version=row,
        party=approval.party,
        institution=approval.institution,
        sha256=approval.sha256,
        person_id=approval.person_id,
        actor_name=approval.actor,
        role=approval.role,
        at=now,
    )
    after = {"version": row.version, "party": approval.party, "sha256": row.sha256}
    trail.record(actor=actor, verb="approve_agreement", subject=subject_of(row.agreement_id), now=now, after=after)
    outbox.publish(
        AgreementApproved(row.agreement_id, row.version, approval.party, approval.institution, row.sha256), now=now
    )
    if not both_approved(given_approvals(row), row.sha256):
        return standing_of(row)
    if standing_of(row) == Status.IN_QUALIFICATION:
        move(actor, row, Status.PARTNER_REVIEW, "both parties read it", now)
    move(actor, row, Status.APPROVED, "both parties approved the same terms", now)
    return Status.APPROVED


@transaction.atomic
def withdraw_approval(*, actor: Actor, agreement_id: str, version: int, reason: str, now: datetime) -> Status:
    """Take one's own institution's approval back before the version is active; it is in review again."""
    row = locked_version(agreement_id, version)
    side = _side(actor, row, giving=False)
    status = take_back(actor, row, side, reason, now)
    tell_partner(actor, row, Kind.WITHDRAWAL, now, {"reason": reason.strip()})
    return status


def take_back(actor: Actor, row: AgreementVersionRow, side: str, reason: str, now: datetime) -> Status:
    """Mark an approval as taken back; Refused once the version is active, a reason is needed."""
    held = row.approvals.select_for_update().filter(party=side, withdrawn_at=None).first()
    standing = standing_of(row)
    if held is None:
        return standing
    if standing not in (Status.APPROVED, Status.PARTNER_REVIEW, Status.IN_QUALIFICATION):
        raise Refused("already_active", "The version is in force. Suspend it, close it, or agree on the next version.")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the other party reads it.")
    held.withdrawn_at, held.withdrawn_reason = now, reason.strip()
    held.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    after = {"version": row.version, "party": side}
    subject = subject_of(row.agreement_id)
    trail.record(actor=actor, verb="withdraw_approval", subject=subject, now=now, after=after, why=reason)
    event = ApprovalWithdrawn(row.agreement_id, row.version, side, held.institution, reason.strip())
    outbox.publish(event, now=now)
    if standing == Status.APPROVED:
        move(actor, row, Status.PARTNER_REVIEW, f"approval taken back: {reason.strip()}", now)
        return Status.PARTNER_REVIEW
    return standing


@transaction.atomic
def comment_on_version(*, actor: Actor, agreement_id: str, version: int, clause: str, text: str, now: datetime) -> None:
    """Write a remark on a version or one of its clauses, for both parties."""
    row = locked_version(agreement_id, version)
    permit(may_edit_agreement(actor, row.sending, row.receiving), "comment on this agreement")
    if not text.strip() or len(text) > LONGEST_COMMENT or len(clause) > 64:
        raise Unusable(
            "comment_unusable", "Write a remark of up to {longest_comment} characters.", longest_comment=LONGEST_COMMENT
        )
    sides = parties_of(actor, row.sending, row.receiving)
    institution = str(getattr(row, sides[0])) if sides else actor.name
    AgreementCommentRow.objects.create(
        agreement_version=row, clause=clause, institution=institution, actor_name=actor.name, text=text.strip(), at=now
    )
    outbox.publish(AgreementCommented(row.agreement_id, row.version, institution, clause), now=now)


def given_approvals(row: AgreementVersionRow) -> list[Approval]:
    """The approvals that stand."""
    return [approval_of(held) for held in row.approvals.filter(withdrawn_at=None).order_by("at")]


def _side(actor: Actor, row: AgreementVersionRow, *, giving: bool = True) -> str:
    """The side that the actor speaks for; of two, the one that waits for it."""
    sides = parties_of(actor, row.sending, row.receiving)
    if not sides:
        raise NotPermitted("not_permitted", "Only a registrar or dean of a party approves for it.")
    held = {approval.party for approval in given_approvals(row)}
    waiting = [side for side in sides if (side in held) != giving]
    return waiting[0] if waiting else sides[0]
