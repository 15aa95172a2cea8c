"""What becomes of issued credentials: suspended, reinstated, revoked, superseded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions.statuses import mark
from linkspan.credentials.events import CredentialReinstated, CredentialRevoked, CredentialSuspended
from linkspan.credentials.models import CredentialRow
from linkspan.credentials.rules import NEXT_STATES, CredentialState, IssueKind, may_revoke
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.records.actions import record_fact
from linkspan.records.queries import facts_of
from linkspan.records.rules import CORRECTED, ISSUED, Fact, Kind, NewFact


@transaction.atomic
def revoke_credential(*, actor: Actor, credential_id: UUID, reason: str, now: datetime) -> None:
    """Revoke for a stated reason; schools that relied on it are told. A second time changes nothing."""
    row = _changed(actor, credential_id, CredentialState.REVOKED, reason, now)
    if row is None:
        return
    mark(row.status_entry_id, now, revoked=True, suspended=False)
    record_status(_recorder(actor), row, "revoked", reason, now)
    told = CredentialRevoked(row.learner_id, row.id, row.achievement_key, row.title, reason.strip())
    outbox.publish(told, now=now)


@transaction.atomic
def suspend_credential(*, actor: Actor, credential_id: UUID, reason: str, now: datetime) -> None:
    """Let it not count until staff decide, such as while an integrity case is open; it may be reinstated."""
    row = _changed(actor, credential_id, CredentialState.SUSPENDED, reason, now)
    if row is None:
        return
    mark(row.status_entry_id, now, suspended=True)
    record_status(_recorder(actor), row, "suspended", reason, now)
    told = CredentialSuspended(row.learner_id, row.id, row.title, row.institution, reason.strip())
    outbox.publish(told, now=now)


@transaction.atomic
def reinstate_credential(*, actor: Actor, credential_id: UUID, reason: str, now: datetime) -> None:
    """Let a suspended credential count again."""
    row = _changed(actor, credential_id, CredentialState.ACTIVE, reason, now)
    if row is None:
        return
    mark(row.status_entry_id, now, suspended=False)
    record_status(_recorder(actor), row, "active", reason, now)
    outbox.publish(CredentialReinstated(row.learner_id, row.id, row.title), now=now)


def _changed(
    actor: Actor, credential_id: UUID, state: CredentialState, reason: str, now: datetime
) -> CredentialRow | None:
    """The row in its new state, None if it was there already; locked until the transaction ends."""
    row = CredentialRow.objects.select_for_update().filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential.")
    permit(may_revoke(actor, row.institution), "change the status of this credential")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the holder reads it.")
    if (row.kind, state) == (IssueKind.DEGREE, CredentialState.REVOKED) and not actor.is_system:
        raise Refused("degree_by_two", "Two registrars revoke a degree: ask for it on the page of its conferral.")
    if row.state == state:
        return None
    if state not in NEXT_STATES[CredentialState(row.state)]:
        raise Refused(
            "credential_ended",
            "The credential is {state}; it cannot become {wanted} any more.",
            state=row.state,
            wanted=state,
        )
    before = row.state
    row.state, row.state_changed_at = state, now
    row.state_reason = "" if state == CredentialState.ACTIVE else reason.strip()
    row.save(update_fields=["state", "state_changed_at", "state_reason"])
    verb = {
        CredentialState.REVOKED: "revoke_credential",
        CredentialState.SUSPENDED: "suspend_credential",
        CredentialState.ACTIVE: "reinstate_credential",
    }[state]
    subject = f"credentials.credential:{row.id}"
    audit.record(
        actor=actor, verb=verb, subject=subject, now=now, before={"state": before}, after={"state": state}, why=reason
    )
    return row


def supersede(credential_ids: Iterable[UUID], now: datetime) -> list[CredentialRow]:
    """Withdraw standing credentials in favour of successors that the caller stores in the same transaction."""
    rows = list(CredentialRow.objects.select_for_update().filter(id__in=list(credential_ids)))
    for row in rows:
        if CredentialState.SUPERSEDED not in NEXT_STATES[CredentialState(row.state)]:
            raise Refused(
                "credential_ended", "The credential is {state}; nothing supersedes it any more.", state=row.state
            )
        row.state, row.state_changed_at = CredentialState.SUPERSEDED, now
        row.save(update_fields=["state", "state_changed_at"])
        only_revocation = isinstance(row.document.get("credentialStatus"), Mapping) or row.copies.exists()
        ended = {"revoked": True} if only_revocation else {}  # else its own list says that a newer one replaces it
        mark(row.status_entry_id, now, superseded=True, suspended=False, **ended)
    return rows


def record_status(recorder: Actor, row: CredentialRow, status: str, reason: str, now: datetime) -> None:
    """Correct what stands of a program credential on the learner's record, copies from a platform's export included."""
    if row.kind != IssueKind.PROGRAM:
        return
    facts = [fact for fact in facts_of(recorder, row.learner_id) if fact.kind == Kind.CREDENTIAL]
    held = next((fact for fact in facts if fact.key == str(row.id)), None)
    if held is None:
        return
    for fact in facts:
        if fact is held or _is_copy(fact, held):
            record_fact(
                actor=recorder,
                learner_id=row.learner_id,
                institution=row.institution,
                fact=NewFact(Kind.CREDENTIAL, fact.key, {**fact.data, "status": status}),
                source=f"{CORRECTED}{row.id}",
                now=now,
                reason=reason,
            )


def _is_copy(fact: Fact, held: Fact) -> bool:
    """Whether a fact says the same of the same program, under another key, and was not issued here."""
    same = all(fact.data.get(name) == held.data.get(name) for name in ("issuer", "program", "status"))
    return same and fact.source != ISSUED


def _recorder(actor: Actor) -> Actor:
    return Actor(person_id=None, name=f"credentials for {actor.name}", is_system=True)
