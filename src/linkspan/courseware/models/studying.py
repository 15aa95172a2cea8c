"""Tables of what helps to study: announcements, bookmarks, where somebody stopped, the texts that a search reads."""

from typing import ClassVar

from django.db import models

from linkspan.courseware.models.cohorts import CohortRow
from linkspan.courseware.models.courses import CourseVersionRow
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, one_of


class AnnouncementRow(models.Model):
    """What staff tell everybody in a run, or in a cohort of it, once `due`; sent once, listed until it is withdrawn."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255)
    title = models.CharField(max_length=200)
    text = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    due = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    #: Whom it is for; None for everybody in the run.
    cohort = models.ForeignKey(CohortRow, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "courseware"
        db_table = "courseware_announcement"
        indexes = [
            models.Index(fields=["run_id", "-due"], name="courseware_announced"),
            models.Index(fields=["due"], condition=models.Q(published_at=None), name="courseware_announcement_due"),
        ]


class BookmarkRow(models.Model):
    """A unit that somebody wants to find again."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("run_id", "unit")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    unit = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_bookmark"
        constraints = [
            models.UniqueConstraint(fields=["learner_id", "run_id", "unit"], name="courseware_bookmark_once")
        ]


class StoppedRow(models.Model):
    """The unit of a run that somebody opened last."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("run_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    unit = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_stopped"
        constraints = [models.UniqueConstraint(fields=["learner_id", "run_id"], name="courseware_stopped_once")]


class TextRow(models.Model):
    """What a part of a taught version says, for searches; `words` are folded, with a blank around each.

    On PostgreSQL an index of full text stands over `words` (migration 0009).
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.ForeignKey(CourseVersionRow, on_delete=models.CASCADE, related_name="texts")
    position = models.IntegerField()
    usage = models.CharField(max_length=255)
    unit = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    text = models.TextField()
    words = models.TextField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_text"
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="courseware_text_once")]


class AboutRow(models.Model):
    """What staff say of a run to whom may want to study it; empty fields leave what the course's own files say."""

    run_id = models.CharField(max_length=255, primary_key=True)
    overview = models.TextField(blank=True)
    effort = models.CharField(max_length=200, blank=True)
    staff = models.TextField(blank=True)
    syllabus = models.BooleanField(default=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_about"
