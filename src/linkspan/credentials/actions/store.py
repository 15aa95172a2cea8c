"""Have claims signed and store what was signed: one way for one credential and for twenty thousand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from linkspan.accounts.queries import people_by_id
from linkspan.accounts.rules import Person
from linkspan.credentials.actions.claims import actor_of, draft_of
from linkspan.credentials.actions.controllers import enter_controller
from linkspan.credentials.actions.decided import barred
from linkspan.credentials.actions.drafts import Draft
from linkspan.credentials.actions.standing import record_status, supersede
from linkspan.credentials.events import CredentialIssued
from linkspan.credentials.models import AwardRow, ClaimRow, CredentialRow, LogEntryRow, LogRow, StatusEntryRow
from linkspan.credentials.queries import holders, status_list_url, takes_four_eyes
from linkspan.credentials.queries.lists import schema_url
from linkspan.credentials.rules import AwardState, CredentialState, Failure, Holder, IssueKind
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import institution, signing_key
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Waits
from linkspan.kernel.ids import new_id
from linkspan.kernel.outside import leaving
from linkspan.records.actions import record_new_facts
from linkspan.records.rules import ISSUED
from linkspan.vc import VcError, badges, clr, merkle, status
from linkspan.vc.gate import Approval, digest
from linkspan.vc.sealers import UNREACHABLE, Sealer

log = structlog.get_logger(__name__)

#: Why a claim ends for good, and the award with it: something else was decided.
GROUND_GONE = ("revocation_stands", "already_issued", "credential_ended")


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of claims: the credentials that are stored now, and why others are not."""

    rows: list[CredentialRow]
    failed: list[Failure]


def sign_claims(claim_ids: Sequence[UUID], now: datetime, *, keep_refused: bool = False) -> Signed:
    """Have what was claimed signed, outside of any transaction, and store it; again does nothing twice.

    A claim whose signer does not answer stands for the worker. One that the signer refuses is ended, unless it is to
    be tried again, and so is one against which something else was decided meanwhile.
    """
    leaving()
    claims = list(ClaimRow.objects.select_related("status_entry").filter(id__in=list(claim_ids)).order_by("at", "id"))
    sealed, refused = _all_signed(claims, now) if claims else ({}, {})
    with transaction.atomic():
        held = _locked(claim_ids)
        failed = _store([claim for claim in held if claim.id in sealed], sealed, now)
        for claim in held:
            error = refused.get(claim.id)
            if error is not None:
                failed.append(Failure(claim.learner_id, error.code, error.message))
                if not keep_refused and error.code != UNREACHABLE:
                    _end(claim, error.code, error.message, now)
        rows = list(CredentialRow.objects.filter(id__in=list(claim_ids)))
    return Signed(rows, failed)


def signed_now(found: CredentialRow | ClaimRow, now: datetime) -> CredentialRow:
    """What was held, or what was claimed, signed at once; raises as `signed_claim`."""
    return found if isinstance(found, CredentialRow) else signed_claim(found.id, now)


def signed_claim(claim_id: UUID, now: datetime) -> CredentialRow:
    """The credential of a claim, signed now if it was not.

    Refused with the signer's reason if it does not sign; Waits (`signature_waits`) if it does not answer: then the
    worker has it signed later.
    """
    told = sign_claims([claim_id], now)
    if told.rows:
        return told.rows[0]
    if not told.failed:
        raise Refused("claim_ended", "It was not signed, and nothing waits to be. Ask for it again.")
    if told.failed[0].code == UNREACHABLE:
        raise Waits(
            "signature_waits", "It is decided, and signed as soon as the signer answers. You need not ask again."
        )
    raise Refused(told.failed[0].code, told.failed[0].message)


def sign_batch(batch: UUID, now: datetime) -> None:
    """Have the open claims of a batch signed, for the worker; VcError says why one is not, which is tried again."""
    claims = ClaimRow.objects.filter(batch=batch).values_list("id", flat=True)
    for failure in sign_claims(list(claims), now, keep_refused=True).failed:
        if failure.code not in GROUND_GONE:
            raise VcError(failure.code, failure.message)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed document, and the name under which it was issued, which it need not show."""

    document: dict[str, Any]
    holder_name: str


def _all_signed(claims: Sequence[ClaimRow], now: datetime) -> tuple[dict[UUID, Sealed], dict[UUID, VcError]]:
    """The signed documents, and why others are none; who does not answer is asked once, not once for each."""
    code = claims[0].institution
    key = signing_key(code, now)
    sealer = sealer_of(key, four_eyes=takes_four_eyes(code))
    issuing = institution(code)
    issuer = badges.Issuer(sealer.did, issuing.name, issuing.url)
    learners = {claim.learner_id for claim in claims}
    people, chosen = people_by_id(learners), holders(learners)
    sealed: dict[UUID, Sealed] = {}
    refused: dict[UUID, VcError] = {}
    for place, claim in enumerate(claims):
        holder = chosen.get(claim.learner_id, Holder())
        try:
            person = people[claim.learner_id]
            sealed[claim.id] = _signed(claim, person, holder, issuer, sealer, max(claim.at, key.valid_from))
        except VcError as error:
            refused[claim.id] = error
            if error.code == UNREACHABLE:
                return sealed, refused | {one.id: error for one in claims[place + 1 :]}
        except Exception as error:  # one that cannot even be written down harms no other
            log.exception("a claim cannot be signed", claim=str(claim.id))
            refused[claim.id] = VcError("unexpected", f"{type(error).__name__}: {error}")
    return sealed, refused


def _signed(
    claim: ClaimRow, person: Person, holder: Holder, issuer: badges.Issuer, sealer: Sealer, at: datetime
) -> Sealed:
    name = person.legal_name or person.name
    draft = draft_of(claim)
    told: dict[str, Any] = {
        "credential_id": claim.id.urn,
        "issuer": issuer,
        "awarded": at,
        "status": status_entry(claim.status_entry),
        "email": person.email,
        "holder_name": name if holder.shows_name else "",
        "holder_did": holder.did,
    }
    if draft.award is None:
        nested = [*draft.nested, *(_line(one, told, sealer, at) for one in draft.lines)]
        unsigned = clr.clr_credential(**told, name=draft.title, credentials=nested, schema=schema_url("clr"))
    else:
        unsigned = badges.achievement_credential(**told, award=draft.award, schema=schema_url("achievement"))
    return Sealed(sealer.seal(unsigned, at, approval_of(draft, unsigned)), name)


def _line(award: badges.Award, told: Mapping[str, Any], sealer: Sealer, now: datetime) -> dict[str, Any]:
    """One line of a transcript, signed: it stands and falls with the transcript, whose status entries it names."""
    own = {**told, "credential_id": new_id().urn}
    return sealer.seal(badges.achievement_credential(**own, award=award, schema=schema_url("achievement")), now, None)


def approval_of(draft: Draft, unsigned: Mapping[str, Any]) -> Approval | None:
    """Who stands for a program award, as the signer asks for it."""
    if draft.kind != IssueKind.PROGRAM or not draft.approved_by:
        return None
    return Approval(digest(unsigned), draft.prepared_by, draft.approved_by)


def status_entry(entry: StatusEntryRow) -> dict[str, Any]:
    """The one status entry of a badge: an Open Badge has one, and it says whether it is revoked (ADR 25)."""
    return status.entry(
        url=status_list_url(entry.status_list_id, "revocation"), purpose="revocation", index=entry.index
    )


def _locked(claim_ids: Sequence[UUID]) -> list[ClaimRow]:
    """The claims that nobody else has stored or ended meanwhile; nobody can until the transaction ends."""
    rows = ClaimRow.objects.select_for_update(of=("self",)).select_related("status_entry")
    return list(rows.filter(id__in=list(claim_ids)).order_by("at", "id"))


def _store(claims: Sequence[ClaimRow], sealed: Mapping[UUID, Sealed], now: datetime) -> list[Failure]:
    """Store signed claims, but for those against which something was decided since; why not, of each of them."""
    drafts = {claim.id: draft_of(claim) for claim in claims}
    against = barred([drafts[claim.id] for claim in claims])
    failed = [_end(claims[place], *why, now) for place, why in against.items()]
    kept = [claim for place, claim in enumerate(claims) if place not in against]
    for _, together in groupby(kept, key=lambda claim: claim.batch):
        some = list(together)
        rows = [_row(claim, drafts[claim.id], sealed[claim.id]) for claim in some]
        _save(actor_of(some[0]), some, rows, [drafts[claim.id] for claim in some], now)
    return failed


def _row(claim: ClaimRow, draft: Draft, sealed: Sealed) -> CredentialRow:
    return CredentialRow(
        id=claim.id,
        learner_id=claim.learner_id,
        institution=claim.institution,
        kind=claim.kind,
        achievement_key=claim.achievement_key,
        title=claim.title,
        holder_name=sealed.holder_name,
        basis=draft.basis,
        results=list(draft.results),
        state=CredentialState.ACTIVE,
        awarded_at=claim.at,
        document=sealed.document,
        status_entry=claim.status_entry,
    )


def _save(actor: Actor, claims: list[ClaimRow], rows: list[CredentialRow], drafts: list[Draft], now: datetime) -> None:
    code = claims[0].institution
    replaced = {d.supersedes: row for d, row in zip(drafts, rows, strict=True) if d.supersedes is not None}
    withdrawn = supersede(replaced.keys(), now)
    for old in withdrawn:
        replaced[old.id].hidden = old.hidden
    CredentialRow.objects.bulk_create(rows, batch_size=200)
    for old in withdrawn:
        CredentialRow.objects.filter(id=old.id).update(superseded_by=replaced[old.id])
    append_to_log(code, [(row.document, row) for row in rows], now)
    recorder = recording(actor)
    for old in withdrawn:
        record_status(recorder, old, "superseded", f"superseded by {replaced[old.id].id}", now)
    facts = [(row.learner_id, draft.fact(row.id, row.awarded_at)) for row, draft in zip(rows, drafts, strict=True)]
    new = [(learner_id, fact) for learner_id, fact in facts if fact is not None]
    if new:
        record_new_facts(actor=recorder, institution=code, facts=new, source=ISSUED, now=now)
    _tell(actor, code, rows, drafts, now)
    awards = AwardRow.objects.filter(claim__in=[claim.id for claim in claims])
    awards.update(credential_id=F("claim_id"), claim_id=None)
    ClaimRow.objects.filter(id__in=[claim.id for claim in claims]).delete()


def _end(claim: ClaimRow, code: str, message: str, now: datetime) -> Failure:
    """End a claim of which no credential comes, with its reason; an award is open again, or ended with its ground."""
    actor, subject = actor_of(claim), f"credentials.claim:{claim.id}"
    after = {"learner_id": claim.learner_id, "kind": claim.kind, "achievement": claim.achievement_key}
    audit.record(actor=actor, verb="end_claim", subject=subject, now=now, after=after, why=message)
    award = AwardRow.objects.filter(claim=claim).first()
    if award is not None:
        award.claim, award.decided_by, award.decided_at = None, "", None
        award.state = AwardState.WAITING
        if code in GROUND_GONE:
            award.state, award.decided_by, award.decided_at, award.reason = AwardState.ENDED, actor.name, now, message
        award.save(update_fields=["claim", "state", "decided_by", "decided_at", "reason"])
    claim.delete()
    return Failure(claim.learner_id, code, message)


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
