"""Program awards: prepared by one, approved by another, then issued; or issued at once where a school so chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from uuid import UUID

import structlog
from django.db import transaction

from linkspan.catalog.queries import program
from linkspan.catalog.rules import Program
from linkspan.credentials.actions.claims import claim_draft, claim_drafts
from linkspan.credentials.actions.decided import decided, standing
from linkspan.credentials.actions.drafts import Draft, program_draft
from linkspan.credentials.actions.store import sign_claims, signed_now
from linkspan.credentials.events import AwardPrepared
from linkspan.credentials.models import AwardRow, ClaimRow, CredentialRow
from linkspan.credentials.queries import issued, program_completion, takes_four_eyes
from linkspan.credentials.queries.completions import program_completions
from linkspan.credentials.queries.held import alignments, standing_refusals
from linkspan.credentials.rules import (
    AwardState,
    Completion,
    CredentialState,
    Failure,
    Issued,
    IssueKind,
    may_approve,
    may_issue,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import Each, each
from linkspan.kernel.errors import LinkspanError, NotPermitted, Refused, Unusable, permit
from linkspan.kernel.ids import new_id

AT_ONCE = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a batch of awards."""

    issued: int
    failed: tuple[Failure, ...]


def issue_program_credential(*, actor: Actor, learner_id: UUID, program_key: str, now: datetime) -> Issued:
    """Issue the credential of a completed program; a second time gives the one there is.

    Refused (`program_incomplete`, with each missing part) until the grades of record complete the requirement tree,
    and (`award_waits`) where awards take four eyes: then it is for another person to approve.
    """
    made = award_program(actor=actor, learner_id=learner_id, program_key=program_key, now=now)
    if made is None:
        raise Refused("award_waits", "The award is prepared and waits for the approval of another person.")
    return made


def award_program(*, actor: Actor, learner_id: UUID, program_key: str, now: datetime) -> Issued | None:
    """Issue the credential of a completed program, or prepare the award (None) where it takes four eyes."""
    found = claim_award(actor=actor, learner_id=learner_id, program_key=program_key, now=now)
    return issued(signed_now(found, now)) if found else None


@transaction.atomic
def claim_award(
    *,
    actor: Actor,
    learner_id: UUID,
    program_key: str,
    now: datetime,
    supersedes: UUID | None = None,
    reason: str = "",
) -> CredentialRow | ClaimRow | None:
    """`award_program` up to the signature, which the worker asks for."""
    found = program(program_key, now.date())
    permit(may_issue(actor, found.institution), "issue credentials here")
    held = standing(learner_id, IssueKind.PROGRAM, program_key)
    if held and held.id != supersedes:
        return held
    judged = program_completion(_reader(actor), learner_id, program_key, now)
    _check_complete(judged)
    if supersedes is None and standing_refusals().filter(learner_id=learner_id, program_key=program_key).exists():
        raise Refused("award_refused", "This award was refused. Somebody on the staff may prepare it again.")
    if takes_four_eyes(found.institution):
        prepare_awards(
            actor=actor, found=found, learner_ids=[learner_id], now=now, supersedes=supersedes, reason=reason
        )
        return None
    draft = program_drafts(found, {learner_id: judged})[0]
    return claim_draft(actor=actor, draft=replace(draft, supersedes=supersedes, why=reason), now=now)


def _check_complete(judged: Completion) -> None:
    if not judged.complete:
        reasons = tuple(part.reason() for part in judged.lacking)
        raise Refused("program_incomplete", "The program is not complete yet.", reasons)


@transaction.atomic
def prepare_awards(
    *,
    actor: Actor,
    found: Program,
    learner_ids: Sequence[UUID],
    now: datetime,
    supersedes: UUID | None = None,
    reason: str = "",
) -> int:
    """Prepare awards for learners who have completed the program; who has one waiting keeps it. Returns how many.

    Nothing is prepared where the credential that was held last is revoked.
    """
    permit(may_issue(actor, found.institution), "prepare awards here")
    waiting = AwardRow.objects.filter(program_key=found.key, state=AwardState.WAITING, learner_id__in=learner_ids)
    last = decided(learner_ids, IssueKind.PROGRAM, found.key)
    claimed = ClaimRow.objects.filter(kind=IssueKind.PROGRAM, achievement_key=found.key, learner_id__in=learner_ids)
    skip = {who for rows in (waiting, claimed) for who in rows.values_list("learner_id", flat=True)} | {
        learner for learner, row in last.items() if row.id != supersedes or row.state == CredentialState.REVOKED
    }
    rows = [
        AwardRow(
            id=new_id(),
            learner_id=learner_id,
            institution=found.institution,
            program_key=found.key,
            title=found.title,
            state=AwardState.WAITING,
            prepared_by=actor.name,
            prepared_by_id=actor.person_id,
            prepared_at=now,
            supersedes_id=supersedes,
            reason=reason,
        )
        for learner_id in learner_ids
        if learner_id not in skip
    ]
    AwardRow.objects.bulk_create(rows, batch_size=500)
    if rows:
        after = {"program": found.key, "awards": [row.id for row in rows]}
        subject = f"credentials.institution:{found.institution}"
        audit.record(actor=actor, verb="prepare_awards", subject=subject, now=now, after=after, why=reason)
        outbox.publish_all([AwardPrepared(r.learner_id, r.id, r.institution, r.title) for r in rows], now=now)
    return len(rows)


def approve_awards(*, actor: Actor, award_ids: Sequence[UUID], now: datetime) -> Decided:
    """A second person approves prepared awards, at most 500 in one transaction each; then they are signed and issued.

    NotPermitted if the actor prepared one of them or is no registrar or program staff there. An award whose ground has
    gone meanwhile is refused with its reason and does not harm the others; deciding again changes nothing.
    """
    done, failed = 0, list[Failure]()
    for some in batched(award_ids, AT_ONCE):
        try:
            claims, ended = _approve_some(actor, some, now)
        except LinkspanError:
            raise
        except Exception as error:  # noqa: BLE001 - each is then tried by itself
            log.warning("awards could not be decided together; they are decided one by one", error=str(error))
            claims, ended = _approve_one_by_one(actor, some, now)
        told = sign_claims([claim.id for claim in claims], now)
        done, failed = done + len(told.rows), [*failed, *ended, *told.failed]
    return Decided(done, tuple(failed))


def _approve_one_by_one(actor: Actor, award_ids: Sequence[UUID], now: datetime) -> tuple[list[ClaimRow], list[Failure]]:
    made = each(award_ids, lambda award_id: _approve_some(actor, [award_id], now))
    learners = dict(AwardRow.objects.filter(id__in=list(award_ids)).values_list("id", "learner_id"))
    failed = [failure for _, ended in made.done for failure in ended]
    failed += [Failure(learners[one.one], one.code, one.message) for one in made.failed]
    return [claim for claims, _ in made.done for claim in claims], failed


@transaction.atomic
def _approve_some(actor: Actor, award_ids: Sequence[UUID], now: datetime) -> tuple[list[ClaimRow], list[Failure]]:
    rows = list(AwardRow.objects.select_for_update().filter(id__in=list(award_ids), state=AwardState.WAITING))
    for row in rows:
        permit(may_approve(actor, row.institution, row.prepared_by_id), "approve this award")
    claims, failed = list[ClaimRow](), list[Failure]()
    for key in sorted({row.program_key for row in rows}):
        made, ended = _claim_awards(actor, key, [row for row in rows if row.program_key == key], now)
        claims, failed = [*claims, *made], [*failed, *ended]
    return claims, failed


def _claim_awards(
    actor: Actor, program_key: str, rows: list[AwardRow], now: datetime
) -> tuple[list[ClaimRow], list[Failure]]:
    found = program(program_key, now.date())
    judged = program_completions(_reader(actor), [row.learner_id for row in rows], program_key, now)
    complete = {learner: how for learner, how in judged.items() if how.complete}
    award = {row.learner_id: row for row in rows}
    drafts = [_decided(draft, award[draft.learner_id], actor) for draft in program_drafts(found, complete)]
    claims, failed = claim_drafts(actor=actor, code=found.institution, drafts=drafts, now=now)
    for claim in claims:
        row = award[claim.learner_id]
        row.state, row.decided_by, row.decided_at, row.claim = AwardState.APPROVED, actor.name, now, claim
    AwardRow.objects.bulk_update(
        [award[c.learner_id] for c in claims], ["state", "decided_by", "decided_at", "claim"], batch_size=200
    )
    for failure in failed:
        _close(award[failure.learner_id], AwardState.ENDED, actor, failure.message, now)
    for row in (row for row in rows if row.learner_id not in complete):
        reasons = "; ".join(part.reason() for part in judged[row.learner_id].lacking)
        _close(row, AwardState.ENDED, actor, f"The program is not complete any more: {reasons}", now)
        failed.append(Failure(row.learner_id, "program_incomplete", row.reason))
    return claims, failed


def _decided(draft: Draft, row: AwardRow, actor: Actor) -> Draft:
    prepared, approved = _name(row.prepared_by, row.prepared_by_id), _name(actor.name, actor.person_id)
    return replace(draft, supersedes=row.supersedes_id, why=row.reason, prepared_by=prepared, approved_by=approved)


def _name(name: str, person_id: UUID | None) -> str:
    return f"{name} ({person_id})" if person_id else name


def refuse_awards(*, actor: Actor, award_ids: Sequence[UUID], reason: str, now: datetime) -> Each[UUID, None]:
    """A second person refuses prepared awards, with one reason; what cannot be refused harms no other."""
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the awards are refused.")
    return each(award_ids, lambda one: refuse_award(actor=actor, award_id=one, reason=reason, now=now))


@transaction.atomic
def refuse_award(*, actor: Actor, award_id: UUID, reason: str, now: datetime) -> None:
    """A second person refuses a prepared award, with a reason; it stays so until somebody prepares it again."""
    row = AwardRow.objects.select_for_update().filter(id=award_id).first()
    if row is None or not may_approve(actor, row.institution, row.prepared_by_id):
        raise NotPermitted("not_permitted", "You may not decide on this award.")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the award is refused.")
    if row.state == AwardState.WAITING:
        _close(row, AwardState.REFUSED, actor, reason.strip(), now)


@transaction.atomic
def prepare_again(*, actor: Actor, award_id: UUID, reason: str, now: datetime) -> None:
    """A person lifts the refusal of an award: it is prepared again, with the reason, for another person to approve."""
    row = AwardRow.objects.select_for_update().filter(id=award_id).first()
    if row is None or actor.person_id is None or not may_issue(actor, row.institution):
        raise NotPermitted("not_permitted", "You may not prepare this award.")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the award is prepared again.")
    if not standing_refusals().filter(id=award_id).exists():
        raise Refused("award_not_refused", "No refusal of this award stands.")
    standing(row.learner_id, IssueKind.PROGRAM, row.program_key)
    _check_complete(program_completion(_reader(actor), row.learner_id, row.program_key, now))
    found = program(row.program_key, now.date())
    prepare_awards(actor=actor, found=found, learner_ids=[row.learner_id], now=now, reason=reason.strip())


def _close(row: AwardRow, state: AwardState, actor: Actor, reason: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.reason = state, actor.name, now, reason
    row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    subject = f"credentials.award:{row.id}"
    verb = "refuse_award" if state == AwardState.REFUSED else "end_award"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, why=reason)


def program_drafts(found: Program, judged: Mapping[UUID, Completion]) -> list[Draft]:
    """Drafts of completed programs, in the order of the learners."""
    aligned = alignments(found.key)
    return [program_draft(learner_id, found, how, aligned) for learner_id, how in judged.items()]


def _reader(actor: Actor) -> Actor:
    return Actor(person_id=None, name=f"credentials for {actor.name}", is_system=True)
