"""Reads of enrolments."""

from uuid import UUID

from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.rules import Enrolment, EnrolmentState, Track, may_see_enrolments
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


def is_enrolled(learner_id: UUID, run_id: str) -> bool:
    """Whether the learner may study in that run."""
    rows = EnrolmentRow.objects.filter(learner_id=learner_id, run_id=run_id)
    return rows.exclude(state=EnrolmentState.WITHDRAWN).exists()


def is_verified(learner_id: UUID, run_id: str) -> bool:
    """Whether the learner is on the paid track of that run."""
    rows = EnrolmentRow.objects.filter(learner_id=learner_id, run_id=run_id, track=Track.VERIFIED)
    return rows.filter(state=EnrolmentState.ACTIVE).exists()


def verified_learners(run_id: str) -> tuple[UUID, ...]:
    """Who is on the paid track of a run, for actions that have decided who may ask."""
    rows = EnrolmentRow.objects.filter(run_id=run_id, track=Track.VERIFIED, state=EnrolmentState.ACTIVE)
    return tuple(rows.order_by("learner_id").values_list("learner_id", flat=True))


def enrolments_of(actor: Actor, learner_id: UUID) -> tuple[Enrolment, ...]:
    """A learner's enrolments, oldest first."""
    permit(may_see_enrolments(actor, learner_id), "see these enrolments")
    return tuple(enrolment(row) for row in EnrolmentRow.objects.filter(learner_id=learner_id).order_by("at", "run_id"))


def learners_of_run(actor: Actor, run_id: str) -> tuple[UUID, ...]:
    """Who studies in a run, for staff and the system."""
    permit(actor.is_system or any(g.role in ("program_staff", "author") for g in actor.grants), "list learners")
    rows = EnrolmentRow.objects.filter(run_id=run_id).exclude(state=EnrolmentState.WITHDRAWN)
    return tuple(rows.values_list("learner_id", flat=True))


def awaiting_payment() -> tuple[UUID, ...]:
    """Enrolments whose verified track is not paid yet, for the clock."""
    return tuple(EnrolmentRow.objects.filter(state=EnrolmentState.AWAITING_PAYMENT).values_list("id", flat=True))


def enrolment(row: EnrolmentRow) -> Enrolment:
    """A row as a value."""
    return Enrolment(
        row.id, row.learner_id, row.run_id, Track(row.track), EnrolmentState(row.state), row.charge_id, row.at
    )
