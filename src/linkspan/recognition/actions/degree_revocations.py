"""A degree that was conferred is revoked by two registrars, with the reason that the learner reads."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions import withdraw_degree, withdraw_degree_record
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.reasons import Sentence
from linkspan.recognition.actions.credit import record_key
from linkspan.recognition.events import RevocationAsked, RevocationDecided
from linkspan.recognition.models import ConferralListRow, ConferralRow
from linkspan.recognition.queries import Conferral, conferral
from linkspan.recognition.rules.by_hand import said
from linkspan.recognition.rules.conferral import ConferralState, check_second, degree_key, may_confer

WHY = Sentence("reason_missing", "Say why: it stays on record.")
TOLD = Sentence("told_missing", "Say what the learner is told: the reason, in words meant for the learner.")


@transaction.atomic
def ask_revocation(*, actor: Actor, conferral_id: UUID, why: str, told: str, now: datetime) -> Conferral:
    """Ask that a conferred degree is revoked: another registrar decides. `told` is what the learner reads then."""
    row = own_conferral(actor, conferral_id)
    if row.state != ConferralState.CONFERRED:
        raise Refused("not_conferred", "Only a degree that is conferred can be revoked.")
    if row.asked_at is not None:
        raise Refused("revocation_waits", "A revocation of this degree waits for a second person already.")
    row.asked_why, row.asked_told = said(why, WHY), said(told, TOLD)
    row.asked_at, row.asked_by, row.asked_by_id = now, actor.name, actor.own_id
    row.save()
    audit.record(actor=actor, verb="ask_revocation", subject=subject_of(row), now=now, why=row.asked_why)
    asked = RevocationAsked(row.id, row.asked_by_id, row.learner_id, row.institution, row.title, row.asked_why)
    outbox.publish(asked, now=now)
    return conferral(row)


@transaction.atomic
def decide_revocation(*, actor: Actor, conferral_id: UUID, accept: bool, reason: str, now: datetime) -> Conferral:
    """A second registrar revokes a degree, or keeps it; who asked is told, and the learner of a revocation.

    The credential is revoked with the reason meant for the learner, and so is the signed transcript that shows the
    degree.
    """
    row = own_conferral(actor, conferral_id)
    if row.state == ConferralState.REVOKED and accept:
        return conferral(row)
    if row.asked_at is None or row.asked_by_id is None or row.state != ConferralState.CONFERRED:
        raise Refused("nothing_asked", "Nobody asks for a revocation of this degree.")
    check_second(actor, row.asked_by_id)
    text, asker = said(reason, WHY), row.asked_by_id
    if accept:
        office = system_actor(f"recognition for {actor.name}")
        key = degree_key(row.institution, row.program)
        withdraw_degree(actor=office, learner_id=row.learner_id, key=key, reason=row.asked_told, now=now)
        record, said_in_it = record_key(row.application_id), f"The degree in it was revoked: {row.asked_told}"
        withdraw_degree_record(actor=actor, learner_id=row.learner_id, key=record, reason=said_in_it, now=now)
        row.state, row.revoked_at, row.revoked_by, row.since = ConferralState.REVOKED, now, actor.name, now
    else:
        row.asked_at, row.asked_by, row.asked_by_id, row.asked_why, row.asked_told = None, "", None, "", ""
    row.save()
    verb = "revoke_degree" if accept else "keep_degree"
    audit.record(actor=actor, verb=verb, subject=subject_of(row), now=now, after={"learner": row.learner_id}, why=text)
    outbox.publish(RevocationDecided(row.id, asker, row.institution, row.title, accept, text), now=now)
    return conferral(row)


def own_conferral(actor: Actor, conferral_id: UUID) -> ConferralRow:
    """A conferral that a registrar of its school may change, never their own; locked until the transaction ends."""
    row = locked(conferral_id)
    if row is None:
        raise NotFound("conferral_unknown", "There is no such conferral.")
    permit(may_confer(actor, row.institution) and not actor.is_person(row.learner_id), "change this conferral")
    return row


def locked(conferral_id: UUID) -> ConferralRow | None:
    """A conferral and its list, which is locked first everywhere, so that nobody waits for the other."""
    found = ConferralRow.objects.filter(id=conferral_id).values_list("listed_id", flat=True).first()
    if found is None:
        return None
    ConferralListRow.objects.select_for_update().get(id=found)
    return ConferralRow.objects.select_for_update(of=("self",)).select_related("listed").get(id=conferral_id)


def subject_of(row: ConferralRow) -> str:
    """What the trail calls a conferral."""
    return f"recognition.conferral:{row.id}"
