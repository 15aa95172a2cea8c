"""Sign drafts and store them: one way for one credential and for twenty thousand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from linkspan.accounts.queries import people_by_id
from linkspan.accounts.rules import Person
from linkspan.credentials.actions.controllers import enter_controller
from linkspan.credentials.actions.decided import barred
from linkspan.credentials.actions.drafts import Draft
from linkspan.credentials.actions.standing import record_status, supersede
from linkspan.credentials.actions.statuses import take_entries
from linkspan.credentials.events import CredentialIssued
from linkspan.credentials.models import CredentialRow, LogEntryRow, LogRow, StatusEntryRow
from linkspan.credentials.queries import holders, status_list_url, takes_four_eyes
from linkspan.credentials.queries.lists import schema_url
from linkspan.credentials.rules import CredentialState, Holder, IssueKind
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import institution, signing_key
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.ids import new_id
from linkspan.records.actions import record_new_facts
from linkspan.vc import VcError, badges, clr, merkle, status
from linkspan.vc.gate import Approval, digest
from linkspan.vc.sealers import UNREACHABLE, Sealer


@dataclass(frozen=True, slots=True)
class Failure:
    """A draft that could not be issued, and why."""

    learner_id: UUID
    code: str
    message: str


@transaction.atomic
def issue_drafts(
    *, actor: Actor, code: str, drafts: Sequence[Draft], now: datetime
) -> tuple[list[CredentialRow], list[Failure]]:
    """Sign and store drafts of an institution, unless another decision stands; one refused does not harm the others."""
    stands = barred(drafts)
    failed = [Failure(drafts[place].learner_id, *why) for place, why in stands.items()]
    drafts = [draft for place, draft in enumerate(drafts) if place not in stands]
    if not drafts:
        return [], failed
    sealer = sealer_of(signing_key(code, now), four_eyes=takes_four_eyes(code))
    issuing = institution(code)
    issuer = badges.Issuer(sealer.did, issuing.name, issuing.url)
    people = people_by_id({draft.learner_id for draft in drafts})
    chosen = holders({draft.learner_id for draft in drafts})
    entries = take_entries(code, sealer.did, len(drafts), now)
    rows: list[CredentialRow] = []
    kept: list[Draft] = []
    for place, (draft, entry) in enumerate(zip(drafts, entries, strict=True)):
        holder = chosen.get(draft.learner_id, Holder())
        try:
            row = _signed(draft, people[draft.learner_id], holder, issuer, entry, sealer, now)
        except VcError as error:
            failed.append(Failure(draft.learner_id, error.code, error.message))
            if error.code == UNREACHABLE:
                failed += [Failure(one.learner_id, error.code, error.message) for one in drafts[place + 1 :]]
                break  # who does not answer is asked once, not once for each
            continue
        rows.append(row)
        kept.append(draft)
    _save(actor, code, rows, kept, now)
    return rows, failed


def issue_draft(*, actor: Actor, draft: Draft, now: datetime) -> CredentialRow:
    """Sign and store one; Refused with the signer's reason if it does not sign."""
    rows, failed = issue_drafts(actor=actor, code=draft.institution, drafts=[draft], now=now)
    if failed:
        raise Refused(failed[0].code, failed[0].message)
    return rows[0]


def _signed(
    draft: Draft,
    person: Person,
    holder: Holder,
    issuer: badges.Issuer,
    entry: StatusEntryRow,
    sealer: Sealer,
    now: datetime,
) -> CredentialRow:
    credential_id, name = new_id(), person.legal_name or person.name
    told: dict[str, Any] = {
        "credential_id": credential_id.urn,
        "issuer": issuer,
        "awarded": now,
        "status": status_entries(entry, credential_id),
        "email": person.email,
        "holder_name": name if holder.shows_name else "",
        "holder_did": holder.did,
    }
    if draft.award is None:
        nested = [*draft.nested, *(_line(one, told, sealer, now) for one in draft.lines)]
        unsigned = clr.clr_credential(**told, name=draft.title, credentials=nested, schema=schema_url("clr"))
    else:
        unsigned = badges.achievement_credential(**told, award=draft.award, schema=schema_url("achievement"))
    return CredentialRow(
        id=credential_id,
        learner_id=draft.learner_id,
        institution=draft.institution,
        kind=draft.kind,
        achievement_key=draft.achievement_key,
        title=draft.title,
        holder_name=name,
        basis=draft.basis,
        results=list(draft.results),
        state=CredentialState.ACTIVE,
        awarded_at=now,
        document=sealer.seal(unsigned, now, approval_of(draft, unsigned)),
        status_entry=entry,
    )


def _line(award: badges.Award, told: Mapping[str, Any], sealer: Sealer, now: datetime) -> dict[str, Any]:
    """One line of a transcript, signed: it stands and falls with the transcript, whose status entries it names."""
    own = {**told, "credential_id": new_id().urn}
    return sealer.seal(badges.achievement_credential(**own, award=award, schema=schema_url("achievement")), now, None)


def approval_of(draft: Draft, unsigned: Mapping[str, Any]) -> Approval | None:
    """Who stands for a program award, as the signer asks for it."""
    if draft.kind != IssueKind.PROGRAM or not draft.approved_by:
        return None
    return Approval(digest(unsigned), draft.prepared_by, draft.approved_by)


def status_entries(entry: StatusEntryRow, credential_id: UUID) -> list[dict[str, Any]]:
    """The status entries of a credential: one index in the lists of three purposes."""
    found = [
        status.entry(url=status_list_url(entry.status_list_id, purpose), purpose=purpose, index=entry.index)
        for purpose in ("revocation", "suspension")
    ]
    url = status_list_url(entry.status_list_id, "message")
    told = status.message_entry(url=url, index=entry.index, messages=["current", status.SUPERSEDED])
    return [*found, {**told, "statusReference": f"{settings.BASE_URL}/credentials/{credential_id}/"}]


def _save(actor: Actor, code: str, rows: list[CredentialRow], drafts: list[Draft], now: datetime) -> None:
    replaced = {d.supersedes: row for d, row in zip(drafts, rows, strict=True) if d.supersedes is not None}
    StatusEntryRow.objects.bulk_create([row.status_entry for row in rows], batch_size=500)
    withdrawn = supersede(replaced.keys(), now)
    CredentialRow.objects.bulk_create(rows, batch_size=200)
    for old in withdrawn:
        CredentialRow.objects.filter(id=old.id).update(superseded_by=replaced[old.id])
    append_to_log(code, [(row.document, row) for row in rows], now)
    recorder = recording(actor)
    for old in withdrawn:
        record_status(recorder, old, "superseded", f"superseded by {replaced[old.id].id}", now)
    facts = [(row.learner_id, draft.fact(row.id, now)) for row, draft in zip(rows, drafts, strict=True)]
    new = [(learner_id, fact) for learner_id, fact in facts if fact is not None]
    if new:
        record_new_facts(actor=recorder, institution=code, facts=new, source="credentials", now=now)
    _tell(actor, code, rows, drafts, now)


def append_to_log(
    code: str, signed: Sequence[tuple[Mapping[str, Any] | str, CredentialRow | None]], now: datetime
) -> None:
    """Enter signed documents, each with the credential that it is, in the institution's log; in a transaction.

    The controller document under which they were signed stands before them, if it is not the one entered last.
    """
    LogRow.objects.get_or_create(institution=code, defaults={"changed_at": now})
    log = LogRow.objects.select_for_update().get(institution=code)
    controller = enter_controller(code, log.size, now)
    hashes: list[tuple[str, CredentialRow | None]] = [(controller, None)] if controller else []
    hashes += [(merkle.entry_of(document).hex(), row) for document, row in signed]
    entries = [
        LogEntryRow(log=log, position=log.size + n, sha256=sha256, credential=row, at=now)
        for n, (sha256, row) in enumerate(hashes)
    ]
    LogEntryRow.objects.bulk_create(entries, batch_size=500)
    log.size, log.changed_at = log.size + len(entries), now
    log.save(update_fields=["size", "changed_at"])


def _tell(actor: Actor, code: str, rows: list[CredentialRow], drafts: list[Draft], now: datetime) -> None:
    if not rows:
        return
    after = {
        "issued": [
            {
                "credential": row.id,
                "learner_id": row.learner_id,
                "kind": row.kind,
                "achievement": row.achievement_key,
                "prepared_by": draft.prepared_by or actor.name,
                "approved_by": draft.approved_by,
            }
            for row, draft in zip(rows, drafts, strict=True)
        ]
    }
    one = len(rows) == 1
    subject = f"credentials.credential:{rows[0].id}" if one else f"credentials.institution:{code}"
    why = drafts[0].why if one else ""
    audit.record(actor=actor, verb="issue_credential", subject=subject, now=now, after=after, why=why)
    events = [
        CredentialIssued(row.learner_id, row.id, row.kind, row.achievement_key, row.title, draft.supersedes)
        for row, draft in zip(rows, drafts, strict=True)
    ]
    outbox.publish_all(events, now=now)


def recording(actor: Actor) -> Actor:
    """The system in the actor's name: the permission to issue or revoke was checked before."""
    return Actor(person_id=None, name=f"credentials for {actor.name}", is_system=True)
