"""The impact report: who would gain and lose by a version, over everybody who holds the sending credential."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import log_disclosure, read_people
from linkspan.accounts.queries import consents_to
from linkspan.accounts.rules import Part, Purpose, may_read_disclosed
from linkspan.kernel import audit as trail
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.jsonable import jsonable
from linkspan.pathways.actions.rows import subject_of
from linkspan.pathways.models import AgreementDraftRow, AgreementVersionRow, ImpactRow
from linkspan.pathways.queries.impact import ImpactReport, impact_report, version_before
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.shapes import check_agreement_shape
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.life.impact import PersonImpact, aggregate, may_see_names, person_impact, total_impact
from linkspan.pathways.rules.life.lifecycle import Status, parties_of, terms_sha256
from linkspan.pathways.rules.life.versions import sending_credentials
from linkspan.records.queries import learner_records, learners_with
from linkspan.records.rules import Kind

READER = system_actor("impact")
BATCH = 500
MOST_NAMES = 500
#: What the other party must have been allowed to read, and for what, to be shown a name.
PARTS = (Part.CREDENTIALS, Part.COURSES)


@transaction.atomic
def report_version_impact(*, actor: Actor, agreement_id: str, version: int, now: datetime) -> UUID:
    """Judge every holder under this version and the one before it, on the first day it could be in force."""
    row = AgreementVersionRow.objects.filter(agreement_id=agreement_id, version=version).first()
    if row is None:
        raise NotFound(
            "agreement_unknown",
            "There is no version {version} of {agreement_id}.",
            version=version,
            agreement_id=agreement_id,
        )
    return _report(actor, row.document, now)


@transaction.atomic
def report_draft_impact(*, actor: Actor, draft_id: UUID, now: datetime) -> UUID:
    """The same for a draft of one's own institution; it must be of the published format."""
    row = AgreementDraftRow.objects.filter(id=draft_id, sent_at=None, dropped_at=None).first()
    if row is None:
        raise NotFound("draft_unknown", "There is no such draft of your institution. It may have been sent.")
    return _report(actor, check_agreement_shape(dict(row.document)), now)


@transaction.atomic
def read_impact(*, actor: Actor, report_id: UUID, now: datetime) -> ImpactReport:
    """A report of one's own institution, with those people in it with whom one's work is, by name and logged."""
    report = impact_report(actor, report_id)
    found = {UUID(row["learner_id"]): row for row in report.result["people"]}
    names = read_people(actor=actor, ids=found, at=report.institution, now=now)
    people = [{**row, "name": names[who].name} for who, row in found.items() if who in names]
    return replace(report, result={**report.result, "people": people})


def _report(actor: Actor, document: Mapping[str, Any], now: datetime) -> UUID:
    agreement = Agreement.read(document)
    on, (sending, receiving) = max(now.date(), agreement.valid_from), agreement.sides
    sides = parties_of(actor, sending, receiving)
    permit(bool(sides), "make this agreement's impact report")
    institution = sending if sides[0] == "sending" else receiving
    people: list[PersonImpact] = []

    def kept() -> Iterator[PersonImpact]:
        for person in _impacts(agreement, on):
            if len(people) < MOST_NAMES and not person.change.startswith("unchanged"):
                people.append(person)
            yield person

    total = total_impact(kept())
    own = may_see_names(actor, sending)
    named = people if own else _disclosed(actor, people, institution, now)
    result = {
        "on": on,
        "totals": jsonable(total) if own else aggregate(total),
        "people": [jsonable(person) for person in named],
        "aggregated": not own,
    }
    row = ImpactRow.objects.create(
        agreement_id=agreement.id,
        version=agreement.version,
        sha256=terms_sha256(document),
        institution=institution,
        made_by=actor.name,
        at=now,
        result=jsonable(result),
    )
    after = {"version": row.version, "sha256": row.sha256, "people": total.people if own else None}
    trail.record(actor=actor, verb="report_impact", subject=subject_of(row.agreement_id), now=now, after=after)
    return row.id


def _impacts(agreement: Agreement, on: date) -> Iterator[PersonImpact]:
    """Everybody who holds the sending credential, a batch of records at a time."""
    earlier = version_before(agreement.id, agreement.version, on)
    after = replace(agreement, status=str(Status.ACTIVE))
    for ids in batched(learners_with(READER, Kind.CREDENTIAL, None), BATCH):
        for learner_id, record in learner_records(READER, ids).items():
            if sending_credentials(agreement.sending, record):
                before = audit_record(record, earlier.terms, on) if earlier else None
                yield person_impact(learner_id, before, audit_record(record, after, on))


def _disclosed(actor: Actor, people: list[PersonImpact], institution: str, now: datetime) -> list[PersonImpact]:
    """Those who consented that the institution evaluates their credit; each reading goes on their disclosure log."""
    if not may_read_disclosed(actor, institution):
        return []
    consented = {
        consent.learner_id
        for consent in consents_to(institution)
        if consent.holds(now) and consent.purpose == Purpose.CREDIT and set(PARTS) <= set(consent.records)
    }
    named = [person for person in people if person.learner_id in consented]
    for person in named:
        log_disclosure(
            actor=actor,
            learner_id=person.learner_id,
            institution=institution,
            purpose=Purpose.CREDIT,
            records=list(PARTS),
            now=now,
            how="impact report",
        )
    return named
