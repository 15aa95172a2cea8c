"""Tables of attempts and of what belongs to them: answers, waivers, incidents, appeals, accommodations."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.exams.models.making import ExamRow, ExamVersionRow, SittingRow
from linkspan.exams.rules import AccommodationKind, Standing
from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import FOLLOWS, MOVES, AtMerge, Way, not_both
from linkspan.kernel.reasons import Phrase, Sentence


class AccommodationRow(models.Model):
    """An accommodation that was asked for or granted from a list, a kind a row; `granted_*` is what was granted of it.

    The document is read by the staff who decide alone; what stands is told to proctors too.
    """

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence(
            "merge_time_asked_twice",
            "Both accounts ask for the same accommodation for one exam. Wait until one is decided.",
        ),
        "exam_id",
        "kind",
        only=Q(state__in=["requested", "proposed"]),
    )
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "extra_time_evidence",
        Phrase("Evidence for accommodations"),
        "decided_at",
        365,
        90,
        1095,
        file="document_sha256",
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="accommodations")
    kind = models.CharField(max_length=16, default=AccommodationKind.PERCENT.value)
    amount = models.IntegerField(default=0)
    times = models.IntegerField(default=0)
    words = models.CharField(max_length=300, blank=True, default="")
    granted_amount = models.IntegerField(null=True)
    granted_times = models.IntegerField(null=True)
    last_day = models.DateField(null=True)
    #: Asked while something of its kind stood: its refusal takes nothing of that away.
    asks_more = models.BooleanField(default=False)
    state = models.CharField(max_length=16)
    requested_at = models.DateTimeField()
    document_sha256 = models.CharField(max_length=64, blank=True)
    proposed_by = models.CharField(max_length=200, blank=True, default="")
    proposed_by_id = models.UUIDField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_accommodation"
        indexes = [models.Index(fields=["learner_id", "exam"], name="exams_accommodation_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "exam", "kind"],
                condition=models.Q(state__in=["requested", "proposed"]),
                name="exams_one_open_of_a_kind",
            )
        ]


class AttemptRow(models.Model):
    """One attempt with the form drawn for it from a version of the exam, by which it is judged for ever.

    `shares`: of each item the part that its answer earned, as a fraction; empty if it was marked before they were kept.
    `extra_seconds`: how much of `deadline` accommodations gave. `breaks`: from when to when each was; in one,
    `paused_at` is its begin. `to_mark`: people have not marked all of it yet. `uploads`: the questions of the form that
    take files, and how many.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = AtMerge(
        Way.MOVES,
        ("sitting_id",),
        clash=Sentence("merge_same_sitting", "Both accounts took the same sitting of an exam."),
        halts=(
            (
                Q(state__in=["identity_confirmed", "started", "paused", "error"]),
                Sentence("merge_exam_under_way", "An exam is being taken. Wait until it is handed in."),
            ),
        ),
    )
    WITHHELD: ClassVar[dict[str, str]] = {"seed": "", "form": "", "uploads": ""} | dict.fromkeys(
        (
            *("state", "score", "shares", "reviewed_by", "reviewed_by_id", "verdict_reason"),
            *("second_review_by", "second_review_by_id", "second_review_reason"),
        ),
        "released_at",
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    sitting = models.ForeignKey(SittingRow, on_delete=models.PROTECT, related_name="attempts")
    version = models.ForeignKey(ExamVersionRow, on_delete=models.PROTECT, related_name="attempts")
    state = models.CharField(max_length=24, db_index=True)
    seed = models.BigIntegerField()
    form = models.JSONField()
    uploads = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    identity_confirmed_by = models.CharField(max_length=200, blank=True)
    identity_confirmers = models.JSONField(default=list)
    started_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    break_ends_at = models.DateTimeField(null=True)
    breaks = models.JSONField(default=list)
    extra_seconds = models.IntegerField(default=0)
    break_minutes = models.IntegerField(default=0)
    break_times = models.IntegerField(default=0)
    device = models.CharField(max_length=64, blank=True, default="")
    submitted_at = models.DateTimeField(null=True)
    score = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    shares = models.JSONField(default=dict)
    to_mark = models.BooleanField(default=False)
    second_review_by = models.CharField(max_length=200, blank=True, default="")
    second_review_by_id = models.UUIDField(null=True)
    second_review_reason = models.TextField(blank=True, default="")
    reviewed_by = models.CharField(max_length=200, blank=True)
    reviewed_by_id = models.UUIDField(null=True)
    verdict_reason = models.TextField(blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_attempt"
        constraints = [models.UniqueConstraint(fields=["learner_id", "sitting"], name="exams_attempt_once_a_sitting")]


class PageRow(models.Model):
    """A page that answers an attempt: a live one by its rising number, the plain form as number 0."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="pages")
    number = models.IntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_page"
        constraints = [models.UniqueConstraint(fields=["attempt", "number"], name="exams_page_once")]


class ResponseRow(models.Model):
    """One saved answer; rows are added, and of an item the highest version counts. Without a version, none does.

    Answers saved before pages were told apart have no page.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="responses")
    item = models.CharField(max_length=128)
    given = models.JSONField()
    at = models.DateTimeField()
    page = models.ForeignKey(PageRow, on_delete=models.PROTECT, related_name="responses", null=True)
    seq = models.IntegerField(null=True)
    version = models.IntegerField(null=True)
    replaces = models.IntegerField(null=True)
    standing = models.CharField(max_length=16, default=Standing.APPLIED.value)
    batch = models.IntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    given_at = models.CharField(max_length=40, blank=True)
    elapsed = models.DurationField(null=True)
    without_seb = models.BooleanField(default=False)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_response"
        indexes = [
            models.Index(fields=["learner_id", "attempt"], name="exams_response_of_attempt"),
            models.Index(fields=["at"], name="exams_response_late", condition=models.Q(standing=Standing.LATE.value)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["page", "seq"], name="exams_response_once_a_page"),
            models.UniqueConstraint(fields=["attempt", "item", "version"], name="exams_response_one_version"),
        ]


class SebWaiverRow(models.Model):
    """Safe Exam Browser waived until a time: for one attempt, or without one for all of the sitting."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    sitting = models.ForeignKey(SittingRow, on_delete=models.PROTECT, related_name="seb_waivers")
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="seb_waivers", null=True)
    reason = models.TextField()
    given_by = models.CharField(max_length=200)
    given_by_id = models.UUIDField(null=True)
    given_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_seb_waiver"
        indexes = [models.Index(fields=["sitting", "ends_at"], name="exams_seb_waiver_of")]


class IncidentRow(models.Model):
    """What a proctor saw during an attempt; rows are added only."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("kind", "note", "noted_by", "noted_by_id"), "attempt__released_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField(max_length=32)
    note = models.TextField()
    noted_by = models.CharField(max_length=200)
    noted_by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_incident"


class RejectionRow(models.Model):
    """A rejection that one person proposed, and what the learner answered before another one decided."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(("proposed_by", "proposed_by_id"), "attempt__released_at")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.OneToOneField(AttemptRow, on_delete=models.PROTECT, related_name="rejection")
    ground = models.CharField(max_length=32)
    reason = models.TextField()
    proposed_by = models.CharField(max_length=200)
    proposed_by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    heard_until = models.DateTimeField()
    statement = models.TextField(blank=True, default="")
    stated_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_rejection"


class LiftRow(models.Model):
    """A rejection lifted by a second person; rows are added only."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("rejected_by", "rejection", "lifted_by", "lifted_by_id", "reason"), "attempt__released_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.ForeignKey(AttemptRow, on_delete=models.PROTECT, related_name="lifts")
    rejected_by = models.CharField(max_length=200)
    rejection = models.TextField()
    lifted_by = models.CharField(max_length=200)
    lifted_by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        app_label = "exams"
        db_table = "exams_lift"


class AppealRow(models.Model):
    """A learner's appeal against a proctoring verdict, and what another person decided."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    attempt = models.OneToOneField(AttemptRow, on_delete=models.PROTECT, related_name="appeal")
    statement = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=16)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_appeal"
