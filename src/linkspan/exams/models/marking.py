"""The table of marks that people give."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.attempts import AttemptRow
from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import MOVES, AtMerge


class MarkRow(models.Model):
    """One person's mark of one answer: named when `marked_at` is empty, and never changed once it is given.

    `version` is that of the answer: a mark of an earlier one does not count.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("marker_id", "marked_by", "marked_at", "points", "comment", "number"), "attempt__released_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="marks")
    item = models.CharField(max_length=128)
    version = models.IntegerField()
    number = models.IntegerField()
    marker_id = models.UUIDField()
    assigned_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    points = models.JSONField(null=True)
    comment = models.TextField(blank=True)
    marked_by = models.CharField(max_length=200, blank=True)
    marked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_mark"
        indexes = [
            models.Index(
                fields=["marker_id", "assigned_at"], name="exams_mark_waits", condition=models.Q(marked_at=None)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "item", "version", "marker_id"], name="exams_mark_once"),
            models.UniqueConstraint(fields=["attempt", "item", "version", "number"], name="exams_mark_number"),
        ]
