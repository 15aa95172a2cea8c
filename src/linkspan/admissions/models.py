"""Tables of rounds, applications and decisions."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from linkspan.admissions.rules.scores import MOST_DECIMALS, Better, plain
from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import FOLLOWS, MOVES, AtMerge, not_both, one_of
from linkspan.kernel.reasons import Phrase, Sentence

if TYPE_CHECKING:
    DecimalField = models.DecimalField[Decimal | None, Decimal | None]
else:
    DecimalField = models.DecimalField


class ScoreField(DecimalField):
    """A committee's score, read without zeros at its end."""

    def from_db_value(self, value: Decimal | None, expression: Any, connection: Any) -> Decimal | None:
        """The score as it was given."""
        return None if value is None else plain(value)


class IntakeRow(models.Model):
    """What is matched together: one program's round, or the rounds of several institutions."""

    id = models.UUIDField(primary_key=True, default=new_id)
    title = models.CharField(max_length=200)
    term = models.CharField(max_length=64)
    coordinator = models.CharField(max_length=64, db_index=True)
    seed = models.BigIntegerField()
    seed_nonce = models.CharField(max_length=64, blank=True)
    seed_commitment = models.CharField(max_length=64, blank=True)
    answer_by = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_intake"


class RoundRow(models.Model):
    """A program in an intake, under one agreement, with the terms of the agreement on seats."""

    id = models.UUIDField(primary_key=True, default=new_id)
    intake = models.ForeignKey(IntakeRow, on_delete=models.PROTECT, related_name="rounds")
    agreement_id = models.CharField(max_length=128)
    institution = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=200)
    term = models.CharField(max_length=64)
    mode = models.CharField(max_length=16)
    seats = models.IntegerField(null=True)
    seats_taken = models.IntegerField(default=0)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ties = models.CharField(max_length=16, default="lottery")
    tie_break = models.JSONField(default=list)
    reserves = models.JSONField(default=list)
    reserve_order = models.CharField(max_length=16, default="reserve_first")
    certified_by = models.CharField(max_length=200, blank=True)
    certifier_id = models.UUIDField(null=True)
    certified_at = models.DateTimeField(null=True)
    better = models.CharField(max_length=8, default=Better.HIGHER)
    cutoff = ScoreField(max_digits=7, decimal_places=MOST_DECIMALS, null=True)
    automatic = models.BooleanField(default=False)
    opened_by = models.CharField(max_length=200, blank=True)
    opener_id = models.UUIDField(null=True)
    rubric = models.JSONField(default=dict)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.TextField(blank=True, default="")

    class Meta:
        app_label = "admissions"
        db_table = "admissions_round"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement_id", "term"],
                condition=models.Q(cancelled_at=None),
                name="admissions_round_once_a_term",
            ),
            models.CheckConstraint(
                condition=models.Q(seats=None) | models.Q(seats_taken__lte=models.F("seats")),
                name="admissions_never_over_seats",
            ),
        ]


class ApplicationRow(models.Model):
    """One application."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED, statement="")
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_same_round", "Both accounts applied in the same round."), "round_id"
    )
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("state", "score", "scored_by", "rank", "place", "reasons", "decided_by", "decider_id"), "decided_at"
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    round = models.ForeignKey(RoundRow, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=16, db_index=True)
    audit_id = models.UUIDField()
    eligibility = models.CharField(max_length=16)
    score = ScoreField(max_digits=7, decimal_places=MOST_DECIMALS, null=True)
    scored_by = models.CharField(max_length=200, blank=True)
    rank = models.IntegerField(default=1)
    place = models.IntegerField(null=True)
    answer_by = models.DateTimeField(null=True)
    first_term = models.CharField(max_length=64, blank=True, db_index=True)
    deferred_months = models.IntegerField(default=0)
    provisional_until = models.DateTimeField(null=True)
    fee_charge_id = models.UUIDField(null=True)
    deposit_charge_id = models.UUIDField(null=True)
    waiver = models.CharField(max_length=16, blank=True)
    waiver_reason = models.TextField(blank=True)
    statement = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    reasons = models.JSONField(default=list)
    decided_by = models.CharField(max_length=200, blank=True)
    decider_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_application"
        constraints = [models.UniqueConstraint(fields=["learner_id", "round"], name="admissions_once_per_round")]
        # A list of a round reads no statement of those whom it does not show.
        indexes = [
            models.Index(fields=["round", "score", "id"], name="admissions_best_of_round"),
            models.Index(fields=["round", "state"], name="admissions_states_of_round"),
        ]


class MatchRunRow(models.Model):
    """One matching of an intake, with all that it takes to replay it; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    intake = models.ForeignKey(IntakeRow, on_delete=models.PROTECT, related_name="runs")
    number = models.IntegerField()
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    input = models.JSONField()
    engine = models.CharField(max_length=16, default="1")
    input_sha256 = models.CharField(max_length=64)
    output_sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_match_run"
        constraints = [models.UniqueConstraint(fields=["intake", "number"], name="admissions_run_once")]


class AppealRow(models.Model):
    """An appeal against the decision of an application; one for each decision."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="appeals")
    decider_id = models.UUIDField(null=True)
    text = models.TextField()
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    upheld = models.BooleanField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_appeal"
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=models.Q(upheld=None), name="admissions_one_open_appeal"
            )
        ]


class DraftRow(models.Model):
    """An application that is not sent yet."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_drafted_twice", "Both accounts began an application in the same round."), "round_id"
    )
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "drafts", Phrase("Applications that were never sent"), "round__closes_at", 180, 30, 730
    )

    learner_id = models.UUIDField()
    round = models.ForeignKey(RoundRow, on_delete=models.CASCADE, related_name="drafts")
    statement = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        app_label = "admissions"
        db_table = "admissions_draft"
        constraints = [models.UniqueConstraint(fields=["learner_id", "round"], name="admissions_one_draft")]


class DocumentRow(models.Model):
    """A document of an application or a draft; the content is stored encrypted under its hash."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "removed_documents", Phrase("Documents that their applicant removed"), "removed_at", 90, 30, 730
    )
    FILE: ClassVar[str] = "sha256"

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    round = models.ForeignKey(RoundRow, on_delete=models.PROTECT, related_name="documents")
    slot = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=16)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_document"
        indexes = [models.Index(fields=["learner_id", "round"], name="admissions_document_owner")]


class LetterRow(models.Model):
    """A letter of recommendation: asked for by the learner, handed in once by a link, read by the institution."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("round_id", "email")
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "unwritten_letters",
        Phrase("Letters that were asked for and never came"),
        "expires_at",
        90,
        30,
        730,
        only=Q(received_at=None),
    )
    WITHHELD: ClassVar[dict[str, str]] = {"sha256": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    round = models.ForeignKey(RoundRow, on_delete=models.PROTECT, related_name="letters")
    name = models.CharField(max_length=200)
    email = models.EmailField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    media_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    scan = models.CharField(max_length=16, blank=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_letter"
        constraints = [models.UniqueConstraint(fields=["learner_id", "round", "email"], name="admissions_letter_once")]


class ReviewRow(models.Model):
    """One reader's reading of one application; its notes are the admissions office's, apart from the record."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(
        ("reader_id", "assigned_by", "note", "conflict"), ""
    ) | dict.fromkeys(("points", "score"), "application__decided_at")

    id = models.UUIDField(primary_key=True, default=new_id)
    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="reviews")
    reader_id = models.UUIDField(db_index=True)
    assigned_by = models.CharField(max_length=200)
    assigned_at = models.DateTimeField()
    state = models.CharField(max_length=16)
    points = models.JSONField(default=dict)
    score = ScoreField(max_digits=7, decimal_places=MOST_DECIMALS, null=True)
    note = models.TextField(blank=True)
    conflict = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_review"
        constraints = [models.UniqueConstraint(fields=["application", "reader_id"], name="admissions_one_reading")]


class SentRecordRow(models.Model):
    """A record, or the end of a consent, on its way to a partner's server; the envelope goes when it is done."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DISCLOSED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    partner = models.CharField(max_length=64)
    recipient = models.CharField(max_length=300)
    says = models.CharField(max_length=24)
    consent_id = models.UUIDField(db_index=True)
    records = models.JSONField(default=list)
    content_sha256 = models.CharField(max_length=64)
    body_sha256 = models.CharField(max_length=64)
    envelope = models.JSONField(null=True)
    asked_by = models.CharField(max_length=200)
    asked_by_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, db_index=True)
    refusal = models.CharField(max_length=1000, blank=True)
    last_error = models.CharField(max_length=1000, blank=True)
    receipt = models.JSONField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_sent_record"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "partner", "consent_id", "says", "content_sha256"],
                condition=models.Q(refusal="", done_at=None),
                name="admissions_record_waits_once",
            )
        ]


class ReceivedRecordRow(models.Model):
    """A record that a partner's server sent, with the receipt that was given; the body itself is not kept."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DISCLOSED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    message_id = models.CharField(max_length=100)
    institution = models.CharField(max_length=64)
    partner = models.CharField(max_length=64)
    says = models.CharField(max_length=24)
    learner_id = models.UUIDField(null=True)
    body_sha256 = models.CharField(max_length=64)
    partners_consent = models.CharField(max_length=100)
    consent_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    receipt = models.JSONField(default=dict)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_received_record"
        constraints = [
            models.UniqueConstraint(fields=["institution", "message_id"], name="admissions_record_received_once")
        ]
