"""Tables of attempts that services of others watch. The ids of a service are its own and never shown."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.attempts import AttemptRow
from linkspan.exams.models.making import ExamVersionRow
from linkspan.exams.models.services import ServiceRow
from linkspan.exams.rules import Told
from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import MOVES, AtMerge, one_of


class ServiceExamRow(models.Model):
    """A version of an exam as a service knows it; once more for practice."""

    id = models.UUIDField(primary_key=True, default=new_id)
    service = models.ForeignKey(ServiceRow, on_delete=models.PROTECT, related_name="exams")
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="+")
    is_practice = models.BooleanField(default=False)
    external_id = models.CharField(max_length=200)

    class Meta:
        app_label = "exams"
        db_table = "exams_service_exam"
        constraints = [
            models.UniqueConstraint(fields=["service", "version", "is_practice"], name="exams_service_exam_once")
        ]


class SessionRow(models.Model):
    """An attempt at a service, anew for each device; without one it is practice, which sets a learner up there."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    service = models.ForeignKey(ServiceRow, on_delete=models.PROTECT, related_name="sessions")
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="+")
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="sessions", null=True)
    number = models.IntegerField()
    external_id = models.CharField(max_length=200, blank=True, default="")
    told = models.CharField(max_length=16, default=Told.NOTHING.value)
    onboarding = models.CharField(max_length=40, blank=True, default="")
    instructions = models.JSONField(default=list)
    software = models.CharField(max_length=500, blank=True, default="")
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")
    onboarding_until = models.CharField(max_length=40, blank=True, default="")
    ready_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    going_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_session"
        indexes = [models.Index(fields=["learner_id", "attempt"], name="exams_session_of")]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="exams_session_once"),
            models.UniqueConstraint(
                fields=["service", "external_id"], condition=~models.Q(external_id=""), name="exams_session_one_there"
            ),
        ]


class ServiceReviewRow(models.Model):
    """What a service says that it saw; rows are added only, and none is a verdict."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("status", "comments", "reviewed_by", "digest"), "session__attempt__released_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    session = models.ForeignKey(SessionRow, on_delete=models.PROTECT, related_name="reviews")
    status = models.CharField(max_length=16)
    comments = models.JSONField(default=list)
    reviewed_by = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_service_review"
        constraints = [models.UniqueConstraint(fields=["session", "digest"], name="exams_service_review_once")]


class OtherWayRow(models.Model):
    """An attempt that goes on without its service, as a named person decided."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.OneToOneField(AttemptRow, on_delete=models.PROTECT, related_name="other_way")
    reason = models.TextField()
    given_by = models.CharField(max_length=200)
    given_by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_other_way"


class AgreementRow(models.Model):
    """A learner read how a version is watched, and agreed; one withdraws by declining an attempt."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = one_of("version_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_watch_agreement"
        constraints = [models.UniqueConstraint(fields=["learner_id", "version"], name="exams_watch_agreement_once")]


class UsedTokenRow(models.Model):
    """A token with which a callback was made: it makes no other one about the same session."""

    service = models.ForeignKey(ServiceRow, on_delete=models.CASCADE, related_name="+")
    jti = models.CharField(max_length=64)
    about = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_used_token"
        constraints = [models.UniqueConstraint(fields=["service", "jti", "about"], name="exams_used_token_once")]


class StrayRow(models.Model):
    """A callback that fits no session, for staff to look at."""

    id = models.UUIDField(primary_key=True, default=new_id)
    service = models.ForeignKey(ServiceRow, on_delete=models.CASCADE, related_name="strays")
    what = models.CharField(max_length=16)
    external_id = models.CharField(max_length=200)
    status = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_stray_callback"
        constraints = [
            models.UniqueConstraint(fields=["service", "what", "external_id", "status"], name="exams_stray_once")
        ]
