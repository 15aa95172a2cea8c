"""Tables of LTI Proctoring Services: where a session stands with its tool, and what the tool asked."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.watching import SessionRow
from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import MOVES, AtMerge


class LtiSessionRow(models.Model):
    """A session as its tool knows it: whose, of which exam, the how-manieth; and its newest launch.

    `browser` is the hash of the mark that the browser of the launch holds. `began_at` says that the tool let it begin,
    `other_name` whom it saw where that was somebody else.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    learner_id = models.UUIDField()
    session = models.OneToOneField(SessionRow, on_delete=models.PROTECT, related_name="lti", primary_key=True)
    sub = models.CharField(max_length=40)
    resource_link = models.CharField(max_length=40)
    number = models.IntegerField()
    launch = models.UUIDField(null=True, unique=True)
    browser = models.CharField(max_length=64, blank=True, default="")
    launched_at = models.DateTimeField(null=True)
    authorised_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    other_name = models.CharField(max_length=200, blank=True, default="")
    wants_end = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    extra_minutes = models.IntegerField(default=0)

    class Meta:
        app_label = "exams"
        db_table = "exams_lti_session"
        constraints = [
            models.UniqueConstraint(fields=["sub", "resource_link", "number"], name="exams_lti_session_once")
        ]


class LtiControlRow(models.Model):
    """What a tool asked of an attempt, and what was done; rows are added only, and none is a verdict."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("action", "severity", "note", "answer", "digest"), "session__attempt__released_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    session = models.ForeignKey(SessionRow, on_delete=models.PROTECT, related_name="controls")
    action = models.CharField(max_length=16)
    severity = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    note = models.TextField()
    answer = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_lti_control"
        constraints = [models.UniqueConstraint(fields=["session", "digest"], name="exams_lti_control_once")]
