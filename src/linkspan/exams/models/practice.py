"""Tables of practice: what it saved, and what was checked of a device. Neither is near an attempt."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.making import ExamVersionRow
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge
from linkspan.kernel.reasons import Phrase


class PracticeRow(models.Model):
    """Practice of one learner before an exam: its form, pages and answers. It counts for nothing, and goes soon.

    `log` holds by page what came under each number; `answers` by question the version that counts.
    """

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor("exam_practice", Phrase("Practice before exams"), "began_at", 30, 7, 365)

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="+")
    form = models.JSONField(default=list)
    pages = models.JSONField(default=dict)
    log = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_practice"
        indexes = [models.Index(fields=["learner_id", "began_at"], name="exams_practice_of")]


class DeviceCheckRow(models.Model):
    """What was checked of a device before an exam, when, and with which result; rows are added only."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "exam_device_checks", Phrase("Checks of devices before exams"), "at", 180, 30, 1095
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="+")
    lines = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_device_check"
        indexes = [models.Index(fields=["learner_id", "at"], name="exams_device_check_of")]
