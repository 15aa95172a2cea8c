"""Tables of cohorts, and of who came into which one when."""

from typing import ClassVar

from django.db import models

from linkspan.courseware.rules import How
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, one_of


class CohortRow(models.Model):
    """A cohort of a run; `group` is the content group that its learners are in (`PARTITION:GROUP`)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255)
    institution = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    automatic = models.BooleanField(default=False)
    group = models.CharField(max_length=100, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_cohort"
        constraints = [models.UniqueConstraint(fields=["run_id", "name"], name="courseware_cohort_once")]


class CohortPlaceRow(models.Model):
    """That a learner came into a cohort, or out of all; rows are added, the newest of a learner is `current`."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("run_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    cohort = models.ForeignKey(CohortRow, null=True, on_delete=models.CASCADE, related_name="places")
    how = models.CharField(max_length=16)
    reason = models.CharField(max_length=1000, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_cohort_place"
        constraints = [
            models.CheckConstraint(condition=models.Q(how__in=list(How)), name="courseware_cohort_how_known"),
            models.UniqueConstraint(
                fields=["learner_id", "run_id"],
                condition=models.Q(current=True),
                name="courseware_cohort_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["run_id", "at"], name="courseware_cohort_history")]
