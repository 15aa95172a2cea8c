"""Reads of devices that were checked before an exam; queries of conditions build on them."""

from dataclasses import dataclass
from uuid import UUID

from linkspan.exams.models import DeviceCheckRow
from linkspan.exams.queries.ways import has_way
from linkspan.exams.rules import Exam, may_explain_booking
from linkspan.exams.rules.practice import Check, DeviceCheck, Found, Line, needs_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.reasons import as_told

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Device:
    """An exam with what is checked of a device for it, and the checks that are kept, newest first.

    `ready`: one of them was of a device that can be used.
    """

    exam: Exam
    needs: tuple[Check, ...]
    checks: tuple[DeviceCheck, ...]
    ready: bool


def device_seen(actor: Actor, learner_id: UUID, found: Exam) -> Device:
    """The checks of a learner's devices, for proctors and program staff of the exam's institution."""
    permit(may_explain_booking(actor, found.institution), "see what devices were checked")
    return device_before(learner_id, found)


def device_before(learner_id: UUID, found: Exam) -> Device:
    """What was checked of a learner's devices for an exam, for who has decided who may ask."""
    rows = DeviceCheckRow.objects.filter(learner_id=learner_id, version__exam_id=found.code).order_by("-at", "-id")
    checks = tuple(_as_check(row) for row in rows)
    needs = needs_of(found, has_way(learner_id, found.code))
    return Device(found, needs, checks[:MOST_SHOWN], any(one.ready(needs) for one in checks))


def _as_check(row: DeviceCheckRow) -> DeviceCheck:
    lines = (Line(Check(one["check"]), Found(one["found"]), *as_told((one["words"], one["todo"]))) for one in row.lines)
    return DeviceCheck(row.id, row.at, tuple(lines))
