"""Tables of who booked a time, and of who waits for one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.exams.models.making import AppointmentRow, ExamRow
from linkspan.exams.rules import BookingState
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import AtMerge, not_both, one_of
from linkspan.kernel.reasons import Phrase, Sentence


class BookingRow(models.Model):
    """A learner's seat at a time, by its number: of those that are booked no seat is given twice."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_booked_twice", "Both accounts have booked a time for one exam. Cancel one of them first."),
        "exam_id",
        only=Q(state="booked"),
    )
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "exam_bookings", Phrase("Exam bookings that were used, missed or cancelled"), "ended_at", 730, 30, 3650
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="bookings")
    appointment = models.ForeignKey(AppointmentRow, on_delete=models.PROTECT, related_name="bookings")
    seat = models.IntegerField()
    state = models.CharField(max_length=16)
    changes = models.IntegerField(default=0)
    reminders = models.IntegerField(default=0)
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_booking"
        indexes = [models.Index(fields=["learner_id", "exam"], name="exams_booking_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "exam"],
                condition=models.Q(state=BookingState.BOOKED.value),
                name="exams_one_booking",
            ),
            models.UniqueConstraint(
                fields=["appointment", "seat"],
                condition=models.Q(state=BookingState.BOOKED.value),
                name="exams_seat_once",
            ),
        ]


class WaitingRow(models.Model):
    """A learner who waits for a seat at a full time, first come first served; gone once served or over."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("exam_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="waiting")
    appointment = models.ForeignKey(AppointmentRow, on_delete=models.PROTECT, related_name="waiting")
    since = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_waiting"
        indexes = [models.Index(fields=["appointment", "since"], name="exams_waiting_order")]
        constraints = [models.UniqueConstraint(fields=["learner_id", "exam"], name="exams_waits_once")]
