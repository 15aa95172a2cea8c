"""What is done to accounts, roles, identity evidence and consent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from linkspan.accounts.events import ConsentRevoked, ConsentSigned, IdentityChecked
from linkspan.accounts.models import (
    Consent,
    Disclosure,
    IdentityCheck,
    User,
)
from linkspan.accounts.queries import accounts_at, consents_between, person_id_by_email, ties_of
from linkspan.accounts.rules import (
    Basis,
    ConsentGiven,
    IdentityState,
    basis_for,
    check_consent,
    may_check_identity,
    may_read_disclosed,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable, permit
from linkspan.kernel.papers import check_paper


@transaction.atomic
def open_account(
    *, actor: Actor, email: str, name: str, now: datetime, time_zone: str = "UTC", locale: str = ""
) -> UUID:
    """The account with that address, made if there is none; returns the person's id."""
    found = person_id_by_email(email)
    if found:
        return found
    user = User.objects.create_user(email, name=name, time_zone=time_zone, locale=locale)
    audit.record(actor=actor, verb="open_account", subject=f"accounts.user:{user.id}", now=now)
    return user.id


@transaction.atomic
def open_accounts(*, actor: Actor, people: Sequence[tuple[str, str]], now: datetime) -> dict[Address, UUID]:
    """Accounts for many (e-mail, name) pairs in few queries; returns the id by the address's normal form."""
    permit(actor.is_system or bool(actor.grants), "open accounts")
    wanted = {address(email): name for email, name in people}
    found = accounts_at(wanted)
    fresh = [
        User(email=email, name=name, password=make_password(None))
        for email, name in wanted.items()
        if email not in found
    ]
    User.objects.bulk_create(fresh, batch_size=500)
    audit.record(actor=actor, verb="open_accounts", subject="accounts.user:*", now=now, after={"opened": len(fresh)})
    return found | {address(user.email): user.id for user in fresh}


def submit_identity(*, actor: Actor, learner_id: UUID, legal_name: str, document: bytes, now: datetime) -> UUID:
    """Hand in a legal name with its evidence; the same evidence twice is one submission.

    The evidence is told by its content, and scanned where a scanner is set up, before anything is stored.
    """
    permit(actor.is_person(learner_id), "hand in somebody else's identity evidence")
    legal_name = " ".join(legal_name.split())
    if not legal_name or len(legal_name) > 200:
        raise Unusable("legal_name_unusable", "Write your legal name as it stands on the document.")
    check_paper(document)
    with transaction.atomic():
        row, created = IdentityCheck.objects.get_or_create(
            learner_id=learner_id,
            legal_name=legal_name,
            document_sha256=storage.keep(document),
            defaults={"state": IdentityState.SUBMITTED, "submitted_at": now},
        )
        if created:
            audit.record(actor=actor, verb="submit_identity", subject=f"accounts.user:{learner_id}", now=now)
    return row.id


@transaction.atomic
def check_identity(*, actor: Actor, check_id: UUID, accept: bool, reason: str, now: datetime) -> None:
    """Accept or refuse evidence of a legal name; a refusal needs a reason."""
    row = IdentityCheck.objects.select_for_update().filter(id=check_id).first()
    if row is None:
        raise NotFound("identity_unknown", "There is no such identity evidence.")
    ties = ties_of([row.learner_id], now)[row.learner_id]
    permit(may_check_identity(actor, row.learner_id, ties), "check this identity evidence")
    state = IdentityState.ACCEPTED if accept else IdentityState.REFUSED
    if row.state == state:
        return
    if row.state != IdentityState.SUBMITTED:
        raise Refused("identity_already_checked", "This evidence was already checked. Ask for new evidence.")
    if not accept and not reason.strip():
        raise Unusable("reason_missing", "Say why the evidence is refused: the learner reads it.")
    row.state, row.checked_by, row.checked_at, row.reason = state, actor.person_id, now, reason.strip()
    row.save()
    if accept:
        User.objects.filter(id=row.learner_id).update(legal_name=row.legal_name)
    after = {"state": state, "legal_name": row.legal_name}
    subject = f"accounts.user:{row.learner_id}"
    audit.record(actor=actor, verb="check_identity", subject=subject, now=now, after=after, why=reason)
    outbox.publish(IdentityChecked(row.learner_id, row.legal_name, state, row.reason), now=now)


@transaction.atomic
def open_identity_document(*, actor: Actor, check_id: UUID, now: datetime) -> bytes:
    """The document behind identity evidence, for its owner and for who checks it; every reading goes on the trail."""
    row = IdentityCheck.objects.filter(id=check_id).first()
    if row is None:
        raise NotFound("identity_unknown", "There is no such identity evidence.")
    ties = ties_of([row.learner_id], now)[row.learner_id]
    permit(actor.is_person(row.learner_id) or may_check_identity(actor, row.learner_id, ties), "open this document")
    subject = f"accounts.user:{row.learner_id}"
    audit.record(actor=actor, verb="open_identity_document", subject=subject, now=now)
    return storage.read(row.document_sha256)


@transaction.atomic
def give_consent(
    *,
    actor: Actor,
    learner_id: UUID,
    institution: str,
    purpose: str,
    records: list[str],
    expires_at: datetime,
    signature: str,
    now: datetime,
) -> UUID:
    """Consent to disclosure (34 CFR 99.30: the records, the purpose and the recipient, signed and dated).

    What a consent in force covers already is not given twice.
    """
    permit(actor.is_person(learner_id), "consent for somebody else")
    person = User.objects.get(id=learner_id)
    names = {person.name, person.legal_name} - {""} or {person.email}
    check_consent(purpose=purpose, records=records, signature=signature, names=names, now=now, until=expires_at)
    for held in consents_between(learner_id, institution):
        covers = set(records) <= set(held.records) and expires_at <= held.expires_at
        if held.holds(now) and held.purpose == purpose and covers:
            return held.id
    row = Consent(
        learner_id=learner_id,
        institution=institution,
        purpose=purpose,
        records=sorted(set(records)),
        given_at=now,
        expires_at=expires_at,
        signed_name=" ".join(signature.split()),
    )
    return _keep_consent(actor, row, "give_consent")


def _keep_consent(actor: Actor, row: Consent, verb: str) -> UUID:
    row.save()
    after = {name: getattr(row, name) for name in ("institution", "purpose", "records", "expires_at")}
    audit.record(actor=actor, verb=verb, subject=f"accounts.user:{row.learner_id}", now=row.given_at, after=after)
    outbox.publish(ConsentSigned(row.learner_id, row.id, row.institution, row.purpose), now=row.given_at)
    return row.id


@transaction.atomic
def revoke_consent(*, actor: Actor, consent_id: UUID, now: datetime) -> None:
    """End a consent, for its learner or where it was taken over from; a second time changes nothing."""
    row = Consent.objects.select_for_update().filter(id=consent_id).first()
    if row is None or not (actor.is_system or actor.is_person(row.learner_id)):
        raise NotFound("consent_unknown", "There is no such consent.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        subject = f"accounts.user:{row.learner_id}"
        audit.record(
            actor=actor,
            verb="revoke_consent",
            subject=subject,
            now=now,
            before={"institution": row.institution},
        )
        outbox.publish(ConsentRevoked(row.learner_id, row.id, row.institution), now=now)


@transaction.atomic
def log_disclosure(
    *,
    actor: Actor,
    learner_id: UUID,
    institution: str,
    purpose: str,
    records: list[str],
    now: datetime,
    applied_at: datetime | None = None,
    how: str = "page",
) -> Basis:
    """Write that somebody at an institution reads a learner's record, and on which basis (34 CFR 99.32).

    `applied_at` is when the learner applied there, if an application stands. NotPermitted for who is not staff there,
    and (`no_consent`) where there is no basis or the consent does not cover all of the parts.
    """
    permit(may_read_disclosed(actor, institution), "read records for this institution")
    found = basis_for(consents_between(learner_id, institution), applied_at, now, purpose)
    basis, consent = found or (None, None)
    if basis is None or actor.person_id is None or (consent and not set(records) <= set(consent.records)):
        raise NotPermitted("no_consent", "The learner has not consented to this disclosure, or the consent has ended.")
    Disclosure.objects.create(
        learner_id=learner_id,
        institution=institution,
        reader_id=actor.person_id,
        reader_name=actor.name,
        purpose=purpose,
        records=records,
        basis=basis,
        consent_id=consent.id if consent else None,
        how=how,
        at=now,
    )
    return basis


@transaction.atomic
def log_audit(*, actor: Actor, learner_id: UUID, institution: str, now: datetime) -> None:
    """Write that an auditor took a learner's case at an institution out of the system (34 CFR 99.31(a)(3), 99.32)."""
    permit(actor.has_role("auditor"), "audit a learner's case")
    Disclosure.objects.create(
        learner_id=learner_id,
        institution=institution,
        reader_id=actor.own_id,
        reader_name=actor.name,
        purpose="audit",
        records=["case"],
        basis=Basis.AUDIT,
        how="export",
        at=now,
    )


@transaction.atomic
def log_transfer(
    *, actor: Actor, consent: ConsentGiven, sent_to: str, records: list[str], asked_by: UUID | None, now: datetime
) -> None:
    """Write that a record leaves for another institution's server, by a consent in force (34 CFR 99.30, 99.32)."""
    permit(actor.is_system, "log what is sent to other servers")
    if not consent.holds(now) or not set(records) <= set(consent.records):
        raise NotPermitted("no_consent", "The learner has not consented to this disclosure, or the consent has ended.")
    Disclosure.objects.create(
        learner_id=consent.learner_id,
        institution=consent.institution,
        reader_id=asked_by or consent.learner_id,
        reader_name=sent_to[:200],
        purpose=consent.purpose,
        records=records,
        basis=Basis.CONSENT,
        consent_id=consent.id,
        how="transfer",
        at=now,
    )


@transaction.atomic
def take_over_consent(
    *,
    actor: Actor,
    learner_id: UUID,
    institution: str,
    purpose: str,
    records: list[str],
    expires_at: datetime,
    signed_name: str,
    now: datetime,
) -> UUID:
    """Keep a consent that the learner gave at the institution that sent the record here; the learner may end it here.

    For accounts that the transfer opened only: a consent given elsewhere opens nothing that was on record before.
    """
    permit(actor.is_system, "take over a consent")
    row = Consent(
        learner_id=learner_id,
        institution=institution,
        purpose=purpose,
        records=sorted(set(records)),
        given_at=now,
        expires_at=expires_at,
        signed_name=signed_name,
    )
    return _keep_consent(actor, row, "take_over_consent")


@transaction.atomic
def end_sign_ins(*, actor: Actor, now: datetime) -> None:
    """End all of one's own sign-ins and tokens, on every device."""
    User.objects.filter(id=actor.own_id).update(sign_ins_ended=F("sign_ins_ended") + 1)
    audit.record(actor=actor, verb="end_sign_ins", subject=f"accounts.user:{actor.own_id}", now=now)


@transaction.atomic
def change_preferences(*, actor: Actor, name: str, time_zone: str, locale: str) -> None:
    """Change one's own display name, zone and language; Unusable if there is no such zone, or no such language here."""
    if time_zone not in available_timezones() or locale not in dict(settings.LANGUAGES):
        raise Unusable("preference_unusable", "Choose a zone and a language from the lists.")
    User.objects.filter(id=actor.own_id).update(name=name[:200], time_zone=time_zone, locale=locale)


@transaction.atomic
def choose_language(*, actor: Actor, locale: str) -> None:
    """Keep the language in which one reads pages and mail."""
    if locale not in dict(settings.LANGUAGES):
        raise Unusable("language_unknown", "Choose a language from the list.")
    User.objects.filter(id=actor.own_id).update(locale=locale)
