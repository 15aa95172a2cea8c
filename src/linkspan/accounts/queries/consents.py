"""Reads of consents, and of what was read by them."""

from uuid import UUID

from linkspan.accounts.models import Consent, Disclosure
from linkspan.accounts.rules import (
    Basis,
    ConsentGiven,
    Disclosed,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import granted


@granted
def consents_of(learner_id: UUID) -> tuple[ConsentGiven, ...]:
    """Every consent a learner gave, newest first."""
    rows = Consent.objects.filter(learner_id=learner_id).order_by("-given_at")
    return tuple(_consent(row) for row in rows)


def consents_between(learner_id: UUID, institution: str) -> tuple[ConsentGiven, ...]:
    """Every consent of one learner to one institution, newest first; for actions that decide on what may be read."""
    rows = Consent.objects.filter(learner_id=learner_id, institution=institution).order_by("-given_at")
    return tuple(_consent(row) for row in rows)


def consents_to(institution: str) -> tuple[ConsentGiven, ...]:
    """Every consent to one institution, newest first; for lists whose query has already decided who may ask."""
    rows = Consent.objects.filter(institution=institution).order_by("-given_at", "id")
    return tuple(_consent(row) for row in rows)


def schools_shown_to(learner_id: UUID) -> tuple[str, ...]:
    """The institutions that were shown the learner's record, for notices of what has changed in it."""
    rows = Disclosure.objects.filter(learner_id=learner_id).exclude(basis=Basis.WORK).order_by("institution")
    return tuple(rows.values_list("institution", flat=True).distinct())


def disclosures_of(actor: Actor, learner_id: UUID, *, number: int = 1, size: int = 50) -> Page[Disclosed]:
    """Who read the learner's record, newest first; for the learner and auditors."""
    permit(actor.is_person(learner_id) or actor.has_role("auditor"), "see this disclosure log")
    rows = Disclosure.objects.filter(learner_id=learner_id).order_by("-at", "-id")
    return page_of(rows, rows.count(), _disclosed, number=number, size=size)


def _disclosed(row: Disclosure) -> Disclosed:
    return Disclosed(row.institution, row.reader_name, row.purpose, tuple(row.records), row.basis, row.how, row.at)


def _consent(row: Consent) -> ConsentGiven:
    return ConsentGiven(
        row.id,
        row.learner_id,
        row.institution,
        row.purpose,
        tuple(row.records),
        row.given_at,
        row.expires_at,
        row.revoked_at,
        row.signed_name,
    )
