"""Tables of the discussion of courses: settings of a run, threads, posts, reports, who follows what."""

from typing import ClassVar

from django.db import models

from linkspan.courseware.models.cohorts import CohortRow
from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge, one_of
from linkspan.kernel.reasons import Phrase


class DiscussionRow(models.Model):
    """Whether a run is discussed here, and its topics; a run without a row is, under the usual topic."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255, unique=True)
    is_open = models.BooleanField(default=True)
    topics = models.JSONField(default=list)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_discussion"


class ThreadRow(models.Model):
    """A thread that somebody began in the discussion of a run; its first post is the one that was written with it.

    When its author leaves, the title and the name go, and what others answered stays.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.ANSWERED, title="", by="")
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "discussions", Phrase("Threads of course discussions, since their last post"), "last_at", 1825, 365, 3650
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    unit = models.CharField(max_length=255, blank=True)
    topic = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=200, blank=True)
    by_staff = models.BooleanField()
    at = models.DateTimeField()
    last_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    #: Whom it is for; None for everybody in the run.
    cohort = models.ForeignKey(CohortRow, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "courseware"
        db_table = "courseware_thread"
        indexes = [
            models.Index(fields=["run_id", "-last_at"], name="courseware_thread_newest"),
            models.Index(fields=["run_id", "unit"], name="courseware_thread_of_unit"),
            models.Index(fields=["learner_id", "run_id"], name="courseware_thread_of_learner"),
        ]


class PostRow(models.Model):
    """What somebody wrote in a thread; deleted by its author it stays in its place without its text."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = {"hidden_by": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    thread = models.ForeignKey(ThreadRow, on_delete=models.CASCADE, related_name="posts")
    learner_id = models.UUIDField()
    by = models.CharField(max_length=200)
    by_staff = models.BooleanField()
    text = models.TextField(blank=True)
    is_first = models.BooleanField(default=False)
    is_answer = models.BooleanField(default=False)
    at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_by = models.CharField(max_length=200, blank=True)
    why_hidden = models.CharField(max_length=1000, blank=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_post"
        constraints = [
            models.UniqueConstraint(fields=["thread"], condition=models.Q(is_first=True), name="courseware_first_once")
        ]
        indexes = [
            models.Index(fields=["thread", "at"], name="courseware_post_of_thread"),
            models.Index(fields=["learner_id", "at"], name="courseware_post_of_learner"),
        ]


class ReportRow(models.Model):
    """That somebody reported a post of another to the course staff; it goes a while after staff have decided."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("post_id")
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "post_reports", Phrase("Reports of posts, since staff decided"), "settled_at", 365, 30, 1095
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    post = models.ForeignKey(PostRow, on_delete=models.CASCADE, related_name="reports")
    learner_id = models.UUIDField()
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_report"
        constraints = [models.UniqueConstraint(fields=["post", "learner_id"], name="courseware_report_once")]
        indexes = [models.Index(fields=["learner_id", "at"], name="courseware_report_of_learner")]


class FollowRow(models.Model):
    """That somebody follows a thread, or chose not to: when they last read it, and when a digest last named it."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("thread_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    thread = models.ForeignKey(ThreadRow, on_delete=models.CASCADE, related_name="follows")
    learner_id = models.UUIDField()
    following = models.BooleanField(default=True)
    seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_follow"
        constraints = [models.UniqueConstraint(fields=["thread", "learner_id"], name="courseware_follow_once")]
        indexes = [models.Index(fields=["learner_id", "told_at"], name="courseware_follow_of_learner")]
