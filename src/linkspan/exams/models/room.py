"""Tables of a live room: messages between proctors and candidates, what a page noticed, and ways without a camera."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.exams.models.attempts import AttemptRow
from linkspan.exams.models.making import ExamRow, ExamVersionRow
from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge, not_both, one_of
from linkspan.kernel.reasons import Phrase, Sentence


class WayRow(models.Model):
    """A learner asks to sit an exam without the camera of its service; seen by nobody but them and its staff."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_way_asked_twice", "Both accounts ask for another way in one exam. Wait until one is decided."),
        "exam_id",
        only=Q(state="requested"),
    )
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "exam_ways", Phrase("Requests to sit an exam without a camera"), "decided_at", 365, 90, 1095
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="ways")
    grounds = models.TextField()
    state = models.CharField(max_length=16)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")

    class Meta:
        app_label = "exams"
        db_table = "exams_way"
        indexes = [models.Index(fields=["learner_id", "exam"], name="exams_way_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "exam"], condition=Q(state="requested"), name="exams_one_open_way"
            )
        ]


class RoomMessageRow(models.Model):
    """A message in an attempt, numbered in it; rows are added only. With `to_all` others of the sitting got it too."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(("written_by", "written_by_id"), "attempt__released_at")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="messages")
    number = models.IntegerField()
    kind = models.CharField(max_length=16)
    words = models.TextField()
    to_all = models.BooleanField(default=False)
    written_by = models.CharField(max_length=200)
    written_by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_room_message"
        indexes = [models.Index(fields=["written_by_id", "at"], name="exams_room_message_by")]
        constraints = [models.UniqueConstraint(fields=["attempt", "number"], name="exams_room_message_once")]


class RoomReadRow(models.Model):
    """The candidate's page showed a message, and said so."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    learner_id = models.UUIDField()
    message = models.OneToOneField(RoomMessageRow, on_delete=models.PROTECT, related_name="receipt", primary_key=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_room_read"


class TimelineConsentRow(models.Model):
    """A learner lets the exam's page note what it notices while they sit that version, until they take it back."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("version_id", only=Q(ended_at=None))

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_timeline_consent"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "version"], condition=Q(ended_at=None), name="exams_timeline_consent_once"
            )
        ]


class NoticedRow(models.Model):
    """Something that the exam's page noticed, where its learner agreed; rows are added only, and go by the clock."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "exam_timeline", Phrase("What the page of an exam noticed"), "attempt__released_at", 90, 30, 1095
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="noticed")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_noticed"
        indexes = [models.Index(fields=["attempt", "at"], name="exams_noticed_of")]
