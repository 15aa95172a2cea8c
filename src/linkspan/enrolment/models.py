"""Tables of enrolments."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, one_of


class EnrolmentRow(models.Model):
    """A learner in a course run."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = one_of(
        "run_id", better={"state": ("withdrawn", "awaiting_payment", "active"), "track": ("audit", "verified")}
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255, db_index=True)
    track = models.CharField(max_length=16)
    state = models.CharField(max_length=24)
    charge_id = models.UUIDField(null=True, db_index=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "enrolment"
        db_table = "enrolment_enrolment"
        constraints = [models.UniqueConstraint(fields=["learner_id", "run_id"], name="enrolment_once_per_run")]


class WishRow(models.Model):
    """Somebody who wants to be told when a course takes enrolments; the row goes once they are told, or enrol."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("course_key")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    course_key = models.CharField(max_length=128, db_index=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "enrolment"
        db_table = "enrolment_wish"
        constraints = [models.UniqueConstraint(fields=["learner_id", "course_key"], name="enrolment_wish_once")]
