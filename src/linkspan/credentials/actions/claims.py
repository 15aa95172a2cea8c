"""The decision to issue, stored before anybody is asked to sign: who signs may be silent, and no lock waits for it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import transaction
from pydantic import TypeAdapter

from linkspan.credentials.actions.decided import barred
from linkspan.credentials.actions.drafts import Draft
from linkspan.credentials.actions.statuses import take_entries
from linkspan.credentials.events import CredentialsClaimed
from linkspan.credentials.models import ClaimRow, StatusEntryRow
from linkspan.credentials.rules import Failure
from linkspan.institutions.queries import signing_key
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.ids import new_id
from linkspan.kernel.locks import one_at_a_time


@transaction.atomic
def claim_drafts(
    *, actor: Actor, code: str, drafts: Sequence[Draft], now: datetime
) -> tuple[list[ClaimRow], list[Failure]]:
    """Store what an institution issues, with its status entries, to be signed; one barred does not harm the others.

    What is claimed already and not signed yet keeps its claim. The worker signs what nobody has signed before.
    """
    one_at_a_time(f"credentials.claims:{code}")
    stands = barred(drafts)
    failed = [Failure(drafts[place].learner_id, *why) for place, why in stands.items()]
    wanted = [draft for place, draft in enumerate(drafts) if place not in stands]
    open_claims = _open(wanted)
    new = [draft for draft in wanted if _key(draft) not in open_claims]
    made = _claimed(actor, code, new, now) if new else []
    held = [open_claims[_key(draft)] for draft in wanted if _key(draft) in open_claims]
    return [*held, *made], failed


def claim_draft(*, actor: Actor, draft: Draft, now: datetime) -> ClaimRow:
    """Store one; Refused if another decision stands."""
    claims, failed = claim_drafts(actor=actor, code=draft.institution, drafts=[draft], now=now)
    if failed:
        raise Refused(failed[0].code, failed[0].message)
    return claims[0]


def _claimed(actor: Actor, code: str, drafts: Sequence[Draft], now: datetime) -> list[ClaimRow]:
    entries = take_entries(code, signing_key(code, now).did, len(drafts), now)
    StatusEntryRow.objects.bulk_create(entries, batch_size=500)
    batch = new_id()
    claims = [
        ClaimRow(
            id=new_id(),
            batch=batch,
            learner_id=draft.learner_id,
            institution=code,
            kind=draft.kind,
            achievement_key=draft.achievement_key,
            title=draft.title,
            draft=_drafts().dump_python(draft, mode="json"),
            status_entry=entry,
            actor_id=actor.person_id,
            actor_name=actor.name,
            by_system=actor.is_system,
            at=now,
        )
        for draft, entry in zip(drafts, entries, strict=True)
    ]
    ClaimRow.objects.bulk_create(claims, batch_size=200)
    outbox.publish(CredentialsClaimed(batch, code), now=now)
    return claims


def _open(drafts: Sequence[Draft]) -> dict[tuple[UUID, str, str], ClaimRow]:
    learners, keys = {draft.learner_id for draft in drafts}, {draft.achievement_key for draft in drafts}
    rows = ClaimRow.objects.filter(learner_id__in=learners, achievement_key__in=keys)
    return {(row.learner_id, row.kind, row.achievement_key): row for row in rows}


def _key(draft: Draft) -> tuple[UUID, str, str]:
    return draft.learner_id, draft.kind, draft.achievement_key


def draft_of(claim: ClaimRow) -> Draft:
    """What was decided on."""
    return _drafts().validate_python(claim.draft)


def actor_of(claim: ClaimRow) -> Actor:
    """Who decided, as the trail names them."""
    return Actor(person_id=claim.actor_id, name=claim.actor_name, is_system=claim.by_system)


@cache
def _drafts() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)
