"""What is done for an institution to join; nobody touches data for it."""

import secrets
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from linkspan.accounts.actions import grant_role
from linkspan.institutions.actions.keys import make_signing_key
from linkspan.institutions.actions.registry import register_institution
from linkspan.institutions.engines.domain import DomainLook
from linkspan.institutions.events import InstitutionJoined
from linkspan.institutions.models import InstitutionRow, RegistrationRow
from linkspan.institutions.queries.joining import registration_of
from linkspan.institutions.rules.joining import (
    Joining,
    Registration,
    check_registration,
    is_proved,
    may_follow_joining,
    may_review_joining,
    next_joining,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable, permit

JOINER = system_actor("joining")


@transaction.atomic
def register_to_join(
    *,
    actor: Actor,
    code: str,
    name: str,
    country: str,
    time_zone: str,
    domain: str,
    accreditor: str,
    accreditation_id: str,
    evidence: bytes,
    now: datetime,
) -> UUID:
    """Register an institution; the same one again by the same person changes nothing.

    Refused if an institution of that short name is in, or somebody else's registration of it is open.
    """
    if actor.person_id is None:
        raise NotPermitted("not_permitted", "Sign in first: who registers an institution becomes its registrar.")
    check_registration(
        code=code,
        name=name,
        country=country,
        time_zone=time_zone,
        domain=domain,
        accreditor=accreditor,
        accreditation_id=accreditation_id,
    )
    if not evidence:
        raise Unusable("evidence_missing", "Add the accreditor's letter or certificate.")
    if InstitutionRow.objects.filter(code__iexact=code).exists():
        raise Refused("code_taken", "An institution of this short name is here already. Choose another.")
    row, created = RegistrationRow.objects.get_or_create(
        code=code,
        closed=False,
        defaults={
            "name": name.strip(),
            "country": country,
            "time_zone": time_zone,
            "domain": domain,
            "accreditor": accreditor.strip(),
            "accreditation_id": accreditation_id.strip(),
            "evidence_sha256": storage.keep(evidence),
            "applicant_id": actor.person_id,
            "token": secrets.token_hex(16),
            "state": Joining.REGISTERED,
            "registered_at": now,
        },
    )
    if not created and row.applicant_id != actor.person_id:
        raise Refused("code_taken", "Somebody else is registering this short name. Choose another.")
    if created:
        after = {"code": code, "name": name, "domain": domain, "accreditor": accreditor}
        audit.record(actor=actor, verb="register_to_join", subject=_subject(code), now=now, after=after)
    return row.id


def prove_domain(*, actor: Actor, registration_id: UUID, now: datetime, look: DomainLook | None = None) -> Joining:
    """Look for the token at the domain; Refused, saying where, if it is not there. The network is asked unlocked.

    `look` is how (the settings' `DOMAIN_LOOK`, or DNS and https to public addresses).
    """
    seen = _followed(actor, registration_id)
    if seen.state != Joining.REGISTERED:
        return seen.state
    found = (look or getattr(settings, "DOMAIN_LOOK", None) or DomainLook()).found(seen.domain)
    where = [place for place, texts in found.items() if is_proved(texts, seen)]
    if not where:
        told = (f"TXT records found: {len(found['dns'])}", f"lines in the file: {len(found['file'])}")
        raise Refused(
            "domain_not_proved", "The token was not found at {domain}. It can take a while.", told, domain=seen.domain
        )
    with transaction.atomic():
        row = _locked(registration_id)
        if row.state == Joining.REGISTERED:
            row.state, row.proved_at, row.proved_by = (
                next_joining(Joining(row.state), Joining.DOMAIN_PROVED),
                now,
                where[0],
            )
            row.save(update_fields=["state", "proved_at", "proved_by"])
            after = {"domain": row.domain, "by": where[0]}
            audit.record(actor=actor, verb="prove_domain", subject=_subject(row.code), now=now, after=after)
    return Joining(row.state)


@transaction.atomic
def review_accreditation(*, actor: Actor, registration_id: UUID, accept: bool, reason: str, now: datetime) -> Joining:
    """Accept or refuse the accreditation of an institution whose domain is proved; accepted, it is in.

    It gets its place, a signing key, and who registered it becomes its first registrar.
    """
    row = _locked(registration_id)
    permit(may_review_joining(actor, row.applicant_id), "review this accreditation")
    to = Joining.ADMITTED if accept else Joining.REFUSED
    if row.state == to:
        return to
    if not reason.strip():
        raise Unusable("reason_missing", "Say what you checked, or why it is refused.")
    row.state, row.reviewed_at, row.reason = next_joining(Joining(row.state), to), now, reason.strip()
    row.reviewed_by, row.closed = actor.person_id, not accept
    row.save()
    after = {"state": to, "accreditor": row.accreditor, "accreditation_id": row.accreditation_id}
    audit.record(actor=actor, verb="review_accreditation", subject=_subject(row.code), now=now, after=after, why=reason)
    if accept:
        register_institution(
            actor=JOINER,
            code=row.code,
            name=row.name,
            country=row.country,
            time_zone=row.time_zone,
            url=f"https://{row.domain}/",
            aliases=[],
            now=now,
        )
        make_signing_key(actor=JOINER, code=row.code, now=now)
        grant_role(actor=JOINER, person_id=row.applicant_id, role="registrar", institution=row.code, now=now)
    outbox.publish(InstitutionJoined(row.id, row.applicant_id, row.code, row.name, str(to), row.reason), now=now)
    return to


@transaction.atomic
def open_accreditation(*, actor: Actor, registration_id: UUID, now: datetime) -> bytes:
    """The accreditation's document, for who reviews it; every reading goes on the trail."""
    row = _locked(registration_id)
    permit(may_review_joining(actor, row.applicant_id), "open this document")
    audit.record(actor=actor, verb="open_accreditation", subject=_subject(row.code), now=now)
    return storage.read(row.evidence_sha256)


def _followed(actor: Actor, registration_id: UUID) -> Registration:
    row = RegistrationRow.objects.filter(id=registration_id).first()
    if row is None or not may_follow_joining(actor, row.applicant_id):
        raise NotFound("registration_unknown", "There is no such registration of yours.")
    return registration_of(row)


def _locked(registration_id: UUID) -> RegistrationRow:
    row = RegistrationRow.objects.select_for_update().filter(id=registration_id).first()
    if row is None:
        raise NotFound("registration_unknown", "There is no such registration.")
    return row


def _subject(code: str) -> str:
    return f"institutions.institution:{code}"
