"""Tables of rulings on published versions, of what judges said of pass marks, and of results that changed."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.attempts import AttemptRow
from linkspan.exams.models.making import ExamVersionRow
from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import MOVES, AtMerge


class RulingRow(models.Model):
    """A question dropped or judged by another key, or a pass mark: proposed by one, adopted by another."""

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="rulings")
    means = models.CharField(max_length=16)
    item = models.CharField(max_length=128, blank=True)
    key = models.JSONField(default=list)
    method = models.CharField(max_length=16, blank=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    before_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    reason = models.TextField()
    state = models.CharField(max_length=16)
    proposed_by = models.CharField(max_length=200)
    proposed_by_id = models.UUIDField(null=True)
    proposed_at = models.DateTimeField()
    adopted_by = models.CharField(max_length=200, blank=True)
    adopted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_ruling"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "item"], condition=models.Q(state="proposed"), name="exams_one_open_ruling"
            )
        ]


class JudgementRow(models.Model):
    """What one judge said of the questions of a version, and of the bounds of its pass mark; only they rewrite it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="judgements")
    judge_id = models.UUIDField()
    judge = models.CharField(max_length=200)
    ratings = models.JSONField(default=dict)
    bounds = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_judgement"
        constraints = [models.UniqueConstraint(fields=["version", "judge_id"], name="exams_judgement_once")]


class ResultChangeRow(models.Model):
    """A result that a ruling changed, before and after; rows are added only."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("before", "after", "passed_before", "passed_after"), "attempt__released_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="changes")
    ruling = models.ForeignKey(RulingRow, on_delete=models.PROTECT, related_name="changes")
    before = models.DecimalField(max_digits=5, decimal_places=1)
    after = models.DecimalField(max_digits=5, decimal_places=1)
    passed_before = models.BooleanField()
    passed_after = models.BooleanField()
    released = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_result_change"
        constraints = [models.UniqueConstraint(fields=["attempt", "ruling"], name="exams_result_change_once")]
