"""Proctoring services of an institution are entered, tried, switched on and off by its staff."""

import hashlib
import secrets
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.rows import needed
from linkspan.exams.engines.lti import new_key
from linkspan.exams.engines.talks import talk_to
from linkspan.exams.events import SessionChanged
from linkspan.exams.models import ServiceRow, SessionRow
from linkspan.exams.queries import account_of, service, service_terms
from linkspan.exams.rules import ENDED, Offering, ServiceKind, ServiceTerms, Told, check_service, may_manage_services
from linkspan.institutions.queries import institution as known_institution
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.versions import check_seen

LONGEST_SECRET, LONGEST_KEY = 1_000, 5_000
MOST_SERVICES = 10
_SESSION = ("id", "learner_id")


@transaction.atomic
def add_service(*, actor: Actor, institution: str, terms: ServiceTerms, secret: str, now: datetime) -> UUID:
    """Enter a proctoring service; no exam uses it before it is switched on."""
    permit(may_manage_services(actor, institution), "manage the proctoring services of this institution")
    known_institution(institution)
    found = check_service(terms)
    held = ServiceRow.objects.filter(institution=institution)
    _check_new(held, found)
    if held.count() >= MOST_SERVICES:
        raise Refused("too_many_services", "An institution has up to {most} services.", most=MOST_SERVICES)
    lti = found.kind is ServiceKind.LTI
    held_secret = _sealed(new_key(), LONGEST_KEY) if lti else _sealed(secret)
    row = ServiceRow(institution=institution, added_at=now, secret=held_secret)
    _enter(row, found)
    _record(row, actor=actor, verb="add_exam_service", now=now, after=asdict(found))
    return row.id


@transaction.atomic
def change_service(
    *, actor: Actor, service_id: UUID, terms: ServiceTerms, secret: str, now: datetime, seen: str | None = None
) -> None:
    """Change what was entered of a service; an empty secret stays as it is. Another address has to be tried anew."""
    row = _locked(actor, service_id)
    before = service_terms(row)
    found = check_service(replace(terms, kind=before.kind))
    check_seen(seen, before.fields())
    _check_new(ServiceRow.objects.filter(institution=row.institution).exclude(id=row.id), found)
    secret = "" if found.kind is ServiceKind.LTI else secret
    if secret.strip():
        row.secret = _sealed(secret)
    if (found.base_url, found.jwks_url) != (before.base_url, before.jwks_url):
        row.is_enabled, row.tried_at, row.offering = False, None, {}
    if found != before or secret.strip():
        _enter(row, found)
        told = asdict(found) | ({"secret": "changed"} if secret.strip() else {})
        _record(row, actor=actor, verb="change_exam_service", now=now, before=asdict(before), after=told)


@transaction.atomic
def give_callback_secret(*, actor: Actor, service_id: UUID, now: datetime) -> str:
    """A new secret with which the service takes tokens for its callbacks, told this once; the one before ends."""
    row = _locked(actor, service_id)
    if row.kind == ServiceKind.LTI:
        raise Refused("no_secret_needed", "This service signs with its own keys: it needs no secret.")
    made = secrets.token_urlsafe(32)
    row.callback_sha256 = hashlib.sha256(made.encode()).hexdigest()
    row.save(update_fields=["callback_sha256"])
    _record(row, actor=actor, verb="give_callback_secret", now=now)
    return made


def try_service(*, actor: Actor, service_id: UUID, now: datetime) -> Offering:
    """Ask a service what it offers, outside of any transaction; Unusable says why it cannot be used."""
    service(actor, service_id)
    found = talk_to(account_of(service_id)).config()
    with transaction.atomic():
        row = _locked(actor, service_id)
        row.offering, row.tried_at = asdict(found), now
        row.save(update_fields=["offering", "tried_at"])
    return found


def enable_service(*, actor: Actor, service_id: UUID, now: datetime) -> None:
    """Let exams be proctored by a service, if it answers and has a secret for its callbacks."""
    if not service(actor, service_id).answers_us:
        raise Refused("callback_secret_missing", "Give the service a secret for its callbacks first.")
    try_service(actor=actor, service_id=service_id, now=now)
    with transaction.atomic():
        row = _locked(actor, service_id)
        if not row.is_enabled:
            row.is_enabled = True
            row.save(update_fields=["is_enabled"])
            _record(row, actor=actor, verb="enable_exam_service", now=now)
            waiting = SessionRow.objects.filter(service=row).exclude(told=Told.DELETED)
            for held, learner_id in waiting.filter(~Q(told__in=ENDED) | ~Q(going_at=None)).values_list(*_SESSION):
                outbox.publish(SessionChanged(learner_id, held), now=now)


@transaction.atomic
def disable_service(*, actor: Actor, service_id: UUID, why: str, now: datetime) -> None:
    """Ask a service nothing and take nothing from it any more, with a reason."""
    row, reason = _locked(actor, service_id), needed(why)
    if row.is_enabled:
        row.is_enabled = False
        row.save(update_fields=["is_enabled"])
        _record(row, actor=actor, verb="disable_exam_service", now=now, why=reason)


def _locked(actor: Actor, service_id: UUID) -> ServiceRow:
    row = ServiceRow.objects.select_for_update().filter(id=service_id).first()
    if row is None or not may_manage_services(actor, row.institution):
        raise NotFound("service_unknown", "There is no such service.")
    return row


def _check_new(others: QuerySet[ServiceRow], terms: ServiceTerms) -> None:
    if others.filter(base_url=terms.base_url, client_id=terms.client_id).exists():
        raise Refused("service_known", "This service is entered already, with this client id. Change that entry.")


def _enter(row: ServiceRow, terms: ServiceTerms) -> None:
    row.name, row.base_url, row.client_id = terms.name, terms.base_url, terms.client_id
    row.kind, row.launch_url, row.jwks_url = terms.kind, terms.launch_url, terms.jwks_url
    if terms.kind is ServiceKind.LTI:  # its tokens end with its keys, as those of others with their secret
        told = f"{row.id} {terms.client_id} {terms.jwks_url}"
        row.callback_sha256 = salted_hmac("linkspan.exams.lti.tokens", told, algorithm="sha256").hexdigest()
    row.save()


def _sealed(secret: str, longest: int = LONGEST_SECRET) -> str:
    if not 0 < len(secret.strip()) <= longest:
        raise Invalid({"secret": Sentence("secret_missing", "Copy the client secret from the service.")})
    return storage.sealed(secret.strip())


def _record(row: ServiceRow, **told: Any) -> None:
    audit.record(subject=f"exams.service:{row.id}", institution=row.institution, **told)
