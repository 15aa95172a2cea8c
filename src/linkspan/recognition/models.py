"""Tables of credit awards and of cases for a person."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import MOVES, AtMerge, not_both
from linkspan.kernel.reasons import Sentence


class CreditAwardRow(models.Model):
    """Credit in a slot of a degree under one agreement version; `number` counts the awards of the application.

    `course` is for a reader, `courses` are the identifiers of those used up, `places` how many are filled.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    application_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    agreement_id = models.CharField(max_length=128)
    version = models.IntegerField()
    audit_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    slot = models.TextField()
    course = models.TextField()
    courses = models.JSONField(default=list)
    places = models.PositiveSmallIntegerField(default=1)
    credits = models.DecimalField(max_digits=12, decimal_places=2)
    effect = models.CharField(max_length=16, default="credit")
    clause = models.TextField(blank=True, default="")
    catalogue_year = models.IntegerField(null=True)
    state = models.CharField(max_length=16)
    posted_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "recognition"
        db_table = "recognition_credit_award"
        constraints = [models.UniqueConstraint(fields=["application_id", "number"], name="recognition_award_once")]


class DegreeRow(models.Model):
    """A degree of a school from a catalogue year on; never changed: another year gets a row of its own."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    program = models.CharField(max_length=200)
    from_year = models.IntegerField()
    data = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    reason = models.TextField()

    class Meta:
        app_label = "recognition"
        db_table = "recognition_degree"
        constraints = [
            models.UniqueConstraint(fields=["institution", "program", "from_year"], name="recognition_degree_once")
        ]


class CaseRow(models.Model):
    """Something that a registrar must look at until `due_at`: a credential behind an award was revoked.

    `nudged` is what the clock has said of it so far.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64, db_index=True)
    credential_id = models.UUIDField()
    application_id = models.UUIDField()
    reason = models.TextField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    nudged = models.CharField(max_length=16, default="none")
    closed_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, default="")
    outcome = models.CharField(max_length=16, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "recognition"
        db_table = "recognition_case"
        constraints = [
            models.UniqueConstraint(fields=["credential_id", "application_id"], name="recognition_case_once")
        ]


class CaseAnswerRow(models.Model):
    """What a learner said about a case; never changed."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    case_id = models.UUIDField(db_index=True)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        app_label = "recognition"
        db_table = "recognition_case_answer"


class PlanRow(models.Model):
    """The terms for which a learner plans the open courses of a degree: `{"core-1": {"term", "on_campus"}}`."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES

    application_id = models.UUIDField(primary_key=True)
    learner_id = models.UUIDField(db_index=True)
    placed = models.JSONField(default=dict)
    most_courses = models.IntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "recognition"
        db_table = "recognition_plan"


class CreditChangeRow(models.Model):
    """What a registrar did to credit by hand; `audit_id` is the audit by which it was judged, kept to be replayed.

    `award_id` is the award that it made, `replaces_id` the one that it reversed. `beyond` says why no rule gives it:
    then a second person decides. `why` is the office's reason, `told` the one meant for the learner. Only its state and
    what a second person decided are ever added.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    application_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64, db_index=True)
    verb = models.CharField(max_length=16)
    about = models.TextField()
    award_id = models.UUIDField(null=True, unique=True)
    replaces_id = models.UUIDField(null=True)
    slot = models.TextField()
    course = models.TextField()
    courses = models.JSONField(default=list)
    credits = models.DecimalField(max_digits=12, decimal_places=2)
    places = models.PositiveSmallIntegerField(default=1)
    effect = models.CharField(max_length=16)
    clause = models.TextField(blank=True, default="")
    tuition_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    audit_id = models.UUIDField()
    agreement_id = models.CharField(max_length=128)
    version = models.IntegerField()
    catalogue_year = models.IntegerField(null=True)
    degree_from = models.IntegerField(null=True)
    beyond = models.JSONField(default=list)
    why = models.TextField()
    told = models.TextField()
    state = models.CharField(max_length=16)
    prepared_at = models.DateTimeField()
    prepared_by = models.CharField(max_length=200)
    prepared_by_id = models.UUIDField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_by_id = models.UUIDField(null=True)
    decision = models.TextField(blank=True, default="")

    class Meta:
        app_label = "recognition"
        db_table = "recognition_credit_change"
        constraints = [
            models.UniqueConstraint(
                fields=["application_id", "about"],
                condition=models.Q(state="waiting"),
                name="recognition_exception_once",
            )
        ]


class ConferralListRow(models.Model):
    """People on whom a degree is conferred on a day: prepared by one registrar, approved by another."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    program = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    day = models.DateField()
    state = models.CharField(max_length=16)
    prepared_at = models.DateTimeField()
    prepared_by = models.CharField(max_length=200)
    prepared_by_id = models.UUIDField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decision = models.TextField(blank=True, default="")

    class Meta:
        app_label = "recognition"
        db_table = "recognition_conferral_list"
        indexes = [models.Index(fields=["state", "day"], name="recognition_conferral_due")]


class ConferralRow(models.Model):
    """The conferral of one degree on one person.

    `audit` is the degree audit as it was when the degree was conferred, else when it was last judged; `why` says why
    somebody was left out. What was conferred is never deleted: a revocation is asked for by one registrar, decided on
    by another (`asked_*`), and says what the learner is told.
    """

    #: The learner is not told of a revocation that is only asked for, nor ever of the office's own words.
    WITHHELD: ClassVar[dict[str, str]] = {
        "asked_why": "",
        **dict.fromkeys(("asked_at", "asked_by", "asked_by_id", "asked_told"), "revoked_at"),
    }
    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_degree_twice", "Both accounts hold the same degree, or wait for it."),
        "institution",
        "program",
        only=models.Q(state__in=["waiting", "approved", "conferred"]),
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    listed = models.ForeignKey(ConferralListRow, on_delete=models.PROTECT, related_name="conferrals")
    learner_id = models.UUIDField(db_index=True)
    application_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64, db_index=True)
    program = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    day = models.DateField()
    state = models.CharField(max_length=16)
    audit = models.JSONField(default=dict)
    why = models.JSONField(default=list)
    agreement_id = models.CharField(max_length=128)
    version = models.IntegerField()
    catalogue_year = models.IntegerField(null=True)
    since = models.DateTimeField()
    conferred_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=200, blank=True, default="")
    asked_by_id = models.UUIDField(null=True)
    asked_why = models.TextField(blank=True, default="")
    asked_told = models.TextField(blank=True, default="")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "recognition"
        db_table = "recognition_conferral"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "institution", "program"],
                condition=models.Q(state__in=["waiting", "approved", "conferred"]),
                name="recognition_degree_conferred_once",
            )
        ]


class ConferralHoldsRow(models.Model):
    """What holds a conferral back at a school; without a row, what usually does."""

    institution = models.CharField(max_length=64, primary_key=True)
    holds = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        app_label = "recognition"
        db_table = "recognition_conferral_holds"
