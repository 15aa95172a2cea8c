"""Tables of imported courses, learners' state in them, and attempts."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id


class CourseVersionRow(models.Model):
    """An import of a course run; the newest one is taught. Files lie in the course store under the SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255, db_index=True)
    institution = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=200)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_course_version"
        constraints = [models.UniqueConstraint(fields=["run_id", "sha256"], name="courseware_import_once")]


class StateRow(models.Model):
    """What a block remembers of a learner."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    WITHHELD: ClassVar[dict[str, str]] = {"state": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_state"
        constraints = [models.UniqueConstraint(fields=["learner_id", "run_id", "usage"], name="courseware_state_once")]


class AttemptRow(models.Model):
    """One graded submission; rows are added, never changed."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    # A course may keep correctness back until the due date: its pages know when, a copy would tell at once.
    WITHHELD: ClassVar[dict[str, str]] = {"earned": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    earned = models.DecimalField(max_digits=9, decimal_places=4)
    possible = models.DecimalField(max_digits=9, decimal_places=4)
    answers = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_attempt"
        indexes = [models.Index(fields=["learner_id", "run_id", "usage"], name="courseware_attempt_of_learner")]


class ScoreRow(models.Model):
    """The score of a problem as it stands: raw points of the newest grade event, a reset included."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    WITHHELD: ClassVar[dict[str, str]] = {"earned": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    earned = models.DecimalField(max_digits=12, decimal_places=4)
    possible = models.DecimalField(max_digits=12, decimal_places=4)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_score"
        constraints = [models.UniqueConstraint(fields=["learner_id", "run_id", "usage"], name="courseware_score_once")]
