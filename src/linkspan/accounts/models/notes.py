"""Tables of notes that an office keeps about a person."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge
from linkspan.kernel.reasons import Phrase


class NoteRow(models.Model):
    """One version of a note that an office keeps about a person; it is never changed, a later one takes its place.

    A note that was withdrawn ends with a version that says so.
    """

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "office_notes", Phrase("Notes of an office about a person"), "at", 1095, 90, 3650
    )

    # What was noted is the person's to know; which colleague wrote it is not.
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(("by_id", "by"), "")

    id = models.UUIDField(primary_key=True, default=new_id)
    note_id = models.UUIDField()
    number = models.PositiveIntegerField()
    learner_id = models.UUIDField()
    institution = models.CharField(max_length=64)
    office = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    withdrawn = models.BooleanField(default=False)
    why = models.CharField(max_length=500, blank=True, default="")
    by_id = models.UUIDField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_note"
        constraints = [models.UniqueConstraint(fields=["note_id", "number"], name="accounts_one_version_a_number")]
        indexes = [models.Index(fields=["learner_id", "institution", "office"], name="accounts_notes_about")]
