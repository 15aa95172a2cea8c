"""Reads of registrations: one's own, and those that wait for a review."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from linkspan.institutions.models import RegistrationRow
from linkspan.institutions.rules.joining import Joining, Registration, may_follow_joining
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.refusals import Refusal


def registration(actor: Actor, registration_id: UUID) -> Registration:
    """One's own registration; any for operators."""
    row = RegistrationRow.objects.filter(id=registration_id).first()
    if row is None or not may_follow_joining(actor, row.applicant_id):
        raise NotFound("registration_unknown", "There is no such registration of yours.")
    return registration_of(row)


def own_registrations(actor: Actor) -> tuple[Registration, ...]:
    """One's own, newest first."""
    if actor.person_id is None:
        return ()
    rows = RegistrationRow.objects.filter(applicant_id=actor.person_id).order_by("-registered_at")
    return tuple(registration_of(row) for row in rows[:50])


def registrations_to_review(actor: Actor) -> tuple[Registration, ...]:
    """Those whose domain is proved, oldest first, for operators."""
    permit(actor.has_role("operator"), "review registrations")
    rows = RegistrationRow.objects.filter(state=Joining.DOMAIN_PROVED).order_by("proved_at")
    waiting = list(rows[:200])
    said_no = list(RegistrationRow.objects.filter(state=Joining.REFUSED).order_by("-reviewed_at"))
    return tuple(replace(registration_of(row), refused_before=_refused(row, said_no)) for row in waiting)


def _refused(row: RegistrationRow, said_no: Iterable[RegistrationRow]) -> tuple[Refusal, ...]:
    """Refusals of the same domain, short name, accreditation or applicant, newest first."""
    return tuple(
        Refusal(f"{one.name} ({one.code}), {one.domain}", one.reviewed_at, one.reason)
        for one in said_no
        if one.reviewed_at is not None and _marks(one) & _marks(row)
    )


def _marks(row: RegistrationRow) -> set[tuple[str, str]]:
    return {
        ("domain", row.domain.lower()),
        ("code", row.code.lower()),
        ("accreditation", f"{row.accreditor} {row.accreditation_id}".lower()),
        ("applicant", str(row.applicant_id)),
    }


def registration_of(row: RegistrationRow) -> Registration:
    """A registration as a value."""
    return Registration(
        id=row.id,
        code=row.code,
        name=row.name,
        country=row.country,
        time_zone=row.time_zone,
        domain=row.domain,
        accreditor=row.accreditor,
        accreditation_id=row.accreditation_id,
        evidence_sha256=row.evidence_sha256,
        applicant_id=row.applicant_id,
        token=row.token,
        state=Joining(row.state),
        registered_at=row.registered_at,
        proved_at=row.proved_at,
        proved_by=row.proved_by,
        reviewed_at=row.reviewed_at,
        reason=row.reason,
    )
