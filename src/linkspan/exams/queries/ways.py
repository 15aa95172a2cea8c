"""Reads of requests to sit an exam without the camera of its service."""

from collections.abc import Iterable
from uuid import UUID

from linkspan.exams.models import WayRow
from linkspan.exams.queries.values import title_of
from linkspan.exams.rules import Way
from linkspan.exams.rules.ways import WayState
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.refusals import Refusal


def newest_way(learner_id: UUID, code: str) -> WayRow | None:
    """What was decided last on a learner's request in an exam: that counts."""
    rows = WayRow.objects.filter(learner_id=learner_id, exam_id=code, decided_at__isnull=False)
    return rows.order_by("-decided_at", "-requested_at").first()


def has_way(learner_id: UUID, code: str) -> bool:
    """Whether staff let a learner sit an exam without its service."""
    newest = newest_way(learner_id, code)
    return newest is not None and newest.state == WayState.APPROVED


def ways_of(actor: Actor, learner_id: UUID) -> tuple[Way, ...]:
    """What a learner asked for, newest first, for the learner alone."""
    permit(actor.is_person(learner_id), "see these requests")
    rows = WayRow.objects.filter(learner_id=learner_id).select_related("exam__in_force")
    return tuple(_as_way(row) for row in rows.order_by("-requested_at"))


def way_queue(actor: Actor) -> tuple[Way, ...]:
    """Requests that wait for proctors and program staff, oldest first, with what was refused before."""
    mine = actor.institutions_as("proctor") | actor.institutions_as("program_staff")
    permit(bool(mine), "see requests for another way")
    rows = WayRow.objects.filter(state=WayState.REQUESTED, exam__institution__in=mine)
    rows = rows.exclude(learner_id=actor.own_id).select_related("exam__in_force").order_by("requested_at")
    waiting = list(rows[:200])
    before = WayRow.objects.filter(learner_id__in={row.learner_id for row in waiting}, state=WayState.REFUSED)
    refused = list(before.order_by("-decided_at"))
    return tuple(_as_way(row, refused) for row in waiting)


def _as_way(row: WayRow, refused: Iterable[WayRow] = ()) -> Way:
    same = (one for one in refused if (one.learner_id, one.exam_id) == (row.learner_id, row.exam_id))
    return Way(
        row.id,
        row.learner_id,
        row.exam_id,
        title_of(row.exam),
        row.grounds,
        WayState(row.state),
        row.requested_at,
        row.decided_at,
        row.reason,
        tuple(Refusal(one.grounds, one.decided_at, one.reason) for one in same if one.decided_at),
    )
