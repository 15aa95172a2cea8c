"""What is done to credentials: issue when a program is complete, revoke with a reason."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from linkspan.accounts.queries import person_of
from linkspan.catalog.queries import program
from linkspan.catalog.rules import Program
from linkspan.credentials.events import CredentialIssued, CredentialRevoked
from linkspan.credentials.models import CredentialRow, StatusEntryRow, StatusListRow
from linkspan.credentials.queries import issued, program_completion, status_list_url
from linkspan.credentials.rules import Completion, CredentialState, Issued, Part, may_issue, may_revoke
from linkspan.institutions.queries import institution, signing_key
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.records.actions import record_fact
from linkspan.records.rules import Kind, NewFact
from linkspan.vc import badges, sign, status

PURPOSE = "revocation"


@transaction.atomic
def issue_program_credential(*, actor: Actor, learner_id: UUID, program_key: str, now: datetime) -> Issued:
    """Issue the credential of a completed program; a second time gives the one there is.

    Refused (`program_incomplete`, with each missing part) until the grades of record complete the requirement tree.
    """
    found = program(program_key, now.date())
    permit(may_issue(actor, found.institution), "issue credentials here")
    held = CredentialRow.objects.filter(
        learner_id=learner_id, program_key=program_key, state=CredentialState.ACTIVE
    ).first()
    if held:
        return issued(held)
    judged = program_completion(_recorder(actor), learner_id, program_key, now)
    if not judged.complete:
        reasons = tuple(part.reason() for part in judged.lacking)
        raise Refused("program_incomplete", "The program is not complete yet.", reasons)
    row = _signed_row(learner_id, found, judged, now)
    row.save(force_insert=True)
    _put_on_record(row, found, judged, now)
    subject = f"credentials.credential:{row.id}"
    after = {"learner_id": learner_id, "program": program_key, "did": row.document["issuer"]["id"]}
    audit.record(actor=actor, verb="issue_credential", subject=subject, now=now, after=after)
    outbox.publish(CredentialIssued(learner_id, row.id, program_key, found.title), now=now)
    return issued(row)


def issue_completed(*, actor: Actor, learner_ids: Iterable[UUID], program_key: str, now: datetime) -> tuple[UUID, ...]:
    """Issue to everybody of these who has completed the program; returns who holds it afterwards."""
    holders = []
    for learner_id in learner_ids:
        try:
            issue_program_credential(actor=actor, learner_id=learner_id, program_key=program_key, now=now)
        except Refused:
            continue
        holders.append(learner_id)
    return tuple(holders)


@transaction.atomic
def revoke_credential(*, actor: Actor, credential_id: UUID, reason: str, now: datetime) -> None:
    """Revoke for a stated reason; schools that relied on it are told. A second time changes nothing."""
    row = CredentialRow.objects.select_for_update().filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential.")
    permit(may_revoke(actor, row.institution), "revoke this credential")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the credential is revoked.")
    if row.state != CredentialState.ACTIVE:
        return
    row.state, row.revoked_at, row.revoked_reason = CredentialState.REVOKED, now, reason.strip()
    row.save(update_fields=["state", "revoked_at", "revoked_reason"])
    StatusEntryRow.objects.filter(id=row.status_entry_id).update(is_set=True)
    found = program(row.program_key, now.date())
    fact = _fact(row, found, None, "revoked")
    record_fact(
        actor=_recorder(actor),
        learner_id=row.learner_id,
        institution=row.institution,
        fact=fact,
        source=f"credential {row.id}",
        now=now,
        reason=reason,
    )
    subject = f"credentials.credential:{row.id}"
    audit.record(actor=actor, verb="revoke_credential", subject=subject, now=now, why=reason)
    outbox.publish(CredentialRevoked(row.learner_id, row.id, row.program_key, reason.strip()), now=now)


def _recorder(actor: Actor) -> Actor:
    """The system in the actor's name: the permission to issue or revoke was checked before."""
    return Actor(person_id=None, name=f"credentials for {actor.name}", is_system=True)


def _signed_row(learner_id: UUID, found: Program, judged: Completion, now: datetime) -> CredentialRow:
    person = person_of(learner_id)
    key = signing_key(found.institution, now)
    issuing = institution(found.institution)
    entry = _status_entry(found.institution)
    credential_id = new_id()
    award = badges.Award(
        achievement_id=f"{settings.BASE_URL}/programs/{found.key}",
        name=found.title,
        description=found.summary or found.title,
        criteria="; ".join(part.reason() for part in judged.counted),
        achievement_type="MicroCredential",
        outcomes=[_outcome(part) for part in judged.counted],
    )
    unsigned = badges.achievement_credential(
        credential_id=f"urn:uuid:{credential_id}",
        issuer=badges.Issuer(key.did, issuing.name, issuing.url),
        award=award,
        holder_name=person.legal_name or person.name,
        email=person.email,
        awarded=now,
        status=status.entry(url=status_list_url(entry.status_list_id), purpose=PURPOSE, index=entry.index),
    )
    return CredentialRow(
        id=credential_id,
        learner_id=learner_id,
        institution=found.institution,
        program_key=found.key,
        program_title=found.title,
        holder_name=person.legal_name or person.name,
        state=CredentialState.ACTIVE,
        awarded_at=now,
        document=sign(unsigned, key.seed, created=now),
        status_entry=entry,
    )


def _outcome(part: Part) -> badges.Outcome:
    value = str(part.have.percent) if part.have else "0"
    return badges.Outcome(part.key, value, str(part.need_percent) if part.need_percent is not None else None)


def _status_entry(code: str) -> StatusEntryRow:
    """A random index that was never given out."""
    held, _ = StatusListRow.objects.get_or_create(
        institution=code, purpose=PURPOSE, defaults={"length": status.SHORTEST}
    )
    for _attempt in range(100):
        try:
            with transaction.atomic():
                return StatusEntryRow.objects.create(status_list=held, index=secrets.randbelow(held.length))
        except IntegrityError:
            continue
    raise Refused("status_list_full", "The institution's status list is nearly full. An operator opens another.")


def _put_on_record(row: CredentialRow, found: Program, judged: Completion, now: datetime) -> None:
    fact = _fact(row, found, judged, "active")
    record_fact(
        actor=Actor(person_id=None, name="credentials", is_system=True),
        learner_id=row.learner_id,
        institution=row.institution,
        fact=fact,
        source=f"credential {row.id}",
        now=now,
    )


def _fact(row: CredentialRow, found: Program, judged: Completion | None, state: str) -> NewFact:
    data: dict[str, object] = {
        "id": f"urn:uuid:{row.id}",
        "issuer": found.institution,
        "program": found.code,
        "awarded": row.awarded_at.date().isoformat(),
        "status": state,
    }
    if judged:
        data["courses"] = [_course_entry(part) for part in judged.counted if part.kind == "course"]
        data["exams"] = [_exam_entry(part) for part in judged.counted if part.kind == "exam"]
    return NewFact(Kind.CREDENTIAL, str(row.id), data)


def _course_entry(part: Part) -> dict[str, object]:
    assert part.have is not None
    grade = {"scale": "percent", "value": str(part.have.percent)}
    return {"id": part.key.split("/")[-1], "grade": grade, "completed": part.have.on.isoformat()}


def _exam_entry(part: Part) -> dict[str, object]:
    assert part.have is not None
    grade = {"scale": "percent", "value": str(part.have.percent)}
    return {"id": part.key, "grade": grade, "proctored": True, "taken": part.have.on.isoformat()}
