"""The table of files that learners hand in as answers."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.attempts import AttemptRow
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge
from linkspan.kernel.reasons import Phrase


class AnswerFileRow(models.Model):
    """A file handed in for a question; rows are added only, and it counts where the saved answer names it."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "exam_files",
        Phrase("Files handed in at exams, after the result"),
        "attempt__released_at",
        730,
        180,
        3650,
        file="document_sha256",
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="files")
    item = models.CharField(max_length=128)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=8)
    size = models.IntegerField()
    document_sha256 = models.CharField(max_length=64, blank=True)
    scanned = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_answer_file"
        indexes = [models.Index(fields=["learner_id", "attempt"], name="exams_file_of_attempt")]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "item", "name", "document_sha256"],
                condition=~models.Q(document_sha256=""),
                name="exams_file_once",
            )
        ]
