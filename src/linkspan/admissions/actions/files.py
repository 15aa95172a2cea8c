"""The admissions office opens the file of an application: that it did is logged before anything is shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import log_disclosure, read_people
from linkspan.accounts.queries import consents_between
from linkspan.accounts.rules import Part, Person, Purpose, basis_for, parts_of
from linkspan.admissions.queries import application
from linkspan.admissions.rules.applications import may_decide
from linkspan.admissions.rules.inbox import stands
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.kernel.record import Record
from linkspan.records.queries import learner_record

READER = system_actor("admissions")


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """The applicant, and what of their record the office may read; `record` is None where it is closed to it now."""

    person: Person | None
    record: Record | None


@transaction.atomic
def open_file(*, actor: Actor, application_id: UUID, now: datetime) -> OpenedFile:
    """Read who applied, and their record while the application stands or a consent holds; both readings are logged."""
    found = application(actor, application_id)
    school, learner = found.round.institution, found.learner_id
    permit(may_decide(actor, learner, school), "open this application")
    person = read_people(actor=actor, ids=[learner], at=school, now=now).get(learner)
    applied_at = found.submitted_at if stands(found) else None
    basis = basis_for(consents_between(learner, school), applied_at, now, Purpose.ADMISSION)
    if basis is None:
        return OpenedFile(person, None)
    consent = basis[1]
    parts = list(consent.records) if consent else [part.value for part in Part]
    log_disclosure(
        actor=actor,
        learner_id=learner,
        institution=school,
        purpose=Purpose.ADMISSION,
        records=parts,
        applied_at=applied_at,
        now=now,
    )
    return OpenedFile(person, parts_of(learner_record(READER, learner), parts))
