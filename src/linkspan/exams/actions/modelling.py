"""Models of a version, worked out by the worker when somebody asks; and by what learners may be compared."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.events import AnalysisAsked
from linkspan.exams.models import AnalysisRow, ExamPolicyRow, ExamVersionRow
from linkspan.exams.queries import version_row
from linkspan.exams.queries.modelling import compared_groups, depends_on, worked_out
from linkspan.exams.rules.modelling import LONGEST_WORK, GroupKind, WorkState, known_groups, may_compare
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


@transaction.atomic
def ask_analysis(*, actor: Actor, code: str, number: int, now: datetime) -> bool:
    """Have the models of a published version worked out; False where that is under way, or nothing came since."""
    row = version_row(actor, code, number)
    if row.published_at is None:
        raise NotFound("version_unknown", "This version is a draft. Change it, then publish it.")
    ExamVersionRow.objects.select_for_update().only("id").get(id=row.id)
    held = AnalysisRow.objects.filter(version=row).first()
    if held is not None:
        under_way = held.state != WorkState.DONE and held.asked_at > now - LONGEST_WORK
        same = held.state == WorkState.DONE and held.depends == depends_on(row, compared_groups(row.exam.institution))
        if under_way or same:
            return False
    AnalysisRow.objects.update_or_create(version=row, defaults={"state": WorkState.ASKED, "asked_at": now, "step": 0})
    audit.record(actor=actor, verb="ask_analysis", subject=f"exams.exam:{code}", now=now, after={"version": number})
    outbox.publish(AnalysisAsked(row.id, now), now=now)
    return True


def work_out_analysis(*, version_id: UUID, asked_at: datetime, now: datetime) -> None:
    """Work out the models of a version part by part; what was asked for anew since is left to that."""
    mine = AnalysisRow.objects.filter(version_id=version_id, asked_at=asked_at).exclude(state=WorkState.DONE)
    if not mine.exists():
        return
    row = ExamVersionRow.objects.select_related("exam").get(id=version_id)
    groups = compared_groups(row.exam.institution)
    depends = depends_on(row, groups)
    found = worked_out(row, groups, lambda step: _note(version_id, asked_at, step))
    done = {"state": WorkState.DONE, "result": found.kept(), "depends": depends, "done_at": now}
    mine.update(**done)


def _note(version_id: UUID, asked_at: datetime, step: int) -> None:
    rows = AnalysisRow.objects.filter(version_id=version_id, asked_at=asked_at)
    rows.exclude(state=WorkState.DONE).update(state=WorkState.RUNNING, step=step)


@transaction.atomic
def set_compared_groups(*, actor: Actor, institution: str, groups: Collection[GroupKind], now: datetime) -> None:
    """Choose by what learners of the institution's exams may be compared, each group of 100 or more."""
    permit(may_compare(actor, institution), "choose by what learners are compared")
    before = compared_groups(institution)
    kept = known_groups(tuple(groups))
    ExamPolicyRow.objects.get_or_create(institution=institution, defaults={"second_person": False})
    ExamPolicyRow.objects.filter(institution=institution).update(compared=list(kept))
    subject, after = f"exams.institution:{institution}", {"groups": list(kept)}
    verb, told = "set_compared_groups", {"groups": list(before)}
    audit.record(actor=actor, verb=verb, subject=subject, now=now, before=told, after=after)
