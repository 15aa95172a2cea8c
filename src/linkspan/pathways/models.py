"""Tables of agreement versions, drafts, moves, approvals and comments, and of audits as they were seen."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor, PartedBy
from linkspan.kernel.merges import FOLLOWS, GOES, MOVES, STAYS, AtMerge, one_of
from linkspan.kernel.reasons import Phrase


class AgreementVersionRow(models.Model):
    """One immutable version; its status is that of its newest move; `sha256` is over the terms, not the keeper."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_id = models.CharField(max_length=128)
    version = models.IntegerField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    sending = models.CharField(max_length=64, db_index=True)
    sending_program = models.CharField(max_length=64)
    receiving = models.CharField(max_length=64, db_index=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    keeper_id = models.UUIDField(null=True)
    reply_by = models.DateField(null=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_version"
        constraints = [models.UniqueConstraint(fields=["agreement_id", "version"], name="pathways_version_once")]


class AgreementMoveRow(models.Model):
    """One move in a version's life: recorded `at`, valid from `effective`; `until` ends a teach-out."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_version = models.ForeignKey(AgreementVersionRow, on_delete=models.PROTECT, related_name="moves")
    status = models.CharField(max_length=24)
    actor_name = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    effective = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_move"


class AgreementApprovalRow(models.Model):
    """A party's approval of a version's terms; taken back, it stays with when and why."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_version = models.ForeignKey(AgreementVersionRow, on_delete=models.PROTECT, related_name="approvals")
    party = models.CharField(max_length=16)
    institution = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    person_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    role = models.CharField(max_length=24)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_approval"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement_version", "party"],
                condition=models.Q(withdrawn_at=None),
                name="pathways_one_approval_per_party",
            )
        ]


class AgreementDraftRow(models.Model):
    """What a party is writing: it may be unfinished, and changes until it is sent as a version."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_id = models.CharField(max_length=128)
    owner = models.CharField(max_length=64, db_index=True)
    document = models.JSONField()
    revision = models.IntegerField(default=1)
    written_by = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    keeper_id = models.UUIDField(null=True)
    reply_by = models.DateField(null=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_draft"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement_id", "owner"],
                condition=models.Q(sent_at=None, dropped_at=None),
                name="pathways_one_open_draft_per_party",
            )
        ]


class AgreementCommentRow(models.Model):
    """A remark of one party on a version or one clause of it, for both to read."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_version = models.ForeignKey(AgreementVersionRow, on_delete=models.PROTECT, related_name="comments")
    clause = models.CharField(max_length=64, blank=True)
    institution = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_comment"


class ImpactRow(models.Model):
    """An impact report as its maker saw it: who gains and loses by a version."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_id = models.CharField(max_length=128)
    version = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    institution = models.CharField(max_length=64, db_index=True)
    made_by = models.CharField(max_length=200)
    at = models.DateTimeField()
    result = models.JSONField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_impact"


class AuditRow(models.Model):
    """An audit with the record it judged: what an appeal replays."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = STAYS
    PARTED_BY: ClassVar[PartedBy] = PartedBy("id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    agreement_id = models.CharField(max_length=128)
    version = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    on = models.DateField()
    record = models.JSONField()
    result = models.JSONField()
    rules_version = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_audit"


class SavedPathwayRow(models.Model):
    """A pathway that a learner keeps in view."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("agreement_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    agreement_id = models.CharField(max_length=128, db_index=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_saved"
        constraints = [models.UniqueConstraint(fields=["learner_id", "agreement_id"], name="pathways_saved_once")]


class PlanRow(models.Model):
    """A learner's plan: pathways, what is supposed (if anything), and the answers as they were when it was saved."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    title = models.CharField(max_length=120)
    agreements = models.JSONField(default=list)
    supposed = models.JSONField(null=True)
    answers = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_plan"


class PlanShareRow(models.Model):
    """A link by which others see a plan until it expires or is revoked; the answers only if `with_answers`."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "plan_links", Phrase("Links to a plan, after their end"), "expires_at", 90, 1, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    plan = models.ForeignKey(PlanRow, on_delete=models.CASCADE, related_name="shares")
    with_answers = models.BooleanField(default=False)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_plan_share"


class CalendarFeedRow(models.Model):
    """A secret address of a learner's deadlines; a new one is made when the old one is revoked."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "calendar_links", Phrase("Calendar addresses that were ended"), "revoked_at", 30, 1, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_calendar_feed"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id"], condition=models.Q(revoked_at=None), name="pathways_one_open_feed_per_learner"
            )
        ]


class WidgetHostRow(models.Model):
    """A web origin on which an institution shows its pathways in a frame."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    origin = models.CharField(max_length=255)
    added_by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_widget_host"
        constraints = [models.UniqueConstraint(fields=["institution", "origin"], name="pathways_widget_host_once")]


class ExchangeIdentityRow(models.Model):
    """Under which did:web an institution of this server exchanges agreements; the seed is an encrypted document."""

    institution = models.CharField(max_length=64, primary_key=True)
    did = models.CharField(max_length=300, unique=True)
    seed_document = models.CharField(max_length=64)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_exchange_identity"


class PartnerRow(models.Model):
    """A partner's server, as a person of the institution named it, and the format of agreements that it reads."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    did = models.CharField(max_length=300)
    endpoint = models.CharField(max_length=500)
    format = models.PositiveSmallIntegerField(default=1)
    named_at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_partner"
        constraints = [
            models.UniqueConstraint(fields=["institution", "code"], name="pathways_partner_once"),
            models.UniqueConstraint(fields=["institution", "did"], name="pathways_partner_did_once"),
        ]


class ExchangeMessageRow(models.Model):
    """A message to or from a partner's server: what was said, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    message_id = models.CharField(max_length=100)
    institution = models.CharField(max_length=64)
    partner = models.CharField(max_length=64)
    outgoing = models.BooleanField()
    agreement_id = models.CharField(max_length=128, db_index=True)
    kind = models.CharField(max_length=40)
    body = models.JSONField()
    envelope = models.JSONField()
    answer = models.JSONField(null=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    refusal = models.TextField(blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_exchange_message"
        constraints = [
            models.UniqueConstraint(fields=["message_id", "institution", "outgoing"], name="pathways_message_once")
        ]
        indexes = [models.Index(fields=["at"], condition=models.Q(done_at=None), name="pathways_message_waits")]


class HoldRow(models.Model):
    """A case that waits for a person, by a hold clause of an agreement; another finding is another hold."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = one_of("agreement_id", "clause", "have")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    agreement_id = models.CharField(max_length=128)
    institution = models.CharField(max_length=64, db_index=True)
    clause = models.CharField(max_length=64)
    text = models.TextField()
    have = models.CharField(max_length=500)
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_hold"
        constraints = [
            models.UniqueConstraint(fields=["learner_id", "agreement_id", "clause", "have"], name="pathways_hold_once")
        ]


class BatchRunRow(models.Model):
    """A run over everybody on record: the day, and the versions as they stood when it began."""

    id = models.AutoField(primary_key=True)
    on = models.DateField()
    pathways = models.JSONField()
    rules_version = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_batch_run"


class BatchSliceRow(models.Model):
    """A slice of the learners of a run, first to last: done as a whole, once."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BatchRunRow, on_delete=models.CASCADE, related_name="slices")
    number = models.IntegerField()
    first = models.UUIDField()
    last = models.UUIDField()
    learners = models.IntegerField()
    counts = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "pathways"
        db_table = "pathways_batch_slice"
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="pathways_batch_slice_once")]


class BatchResultRow(models.Model):
    """What one pathway of a run (its place in the run's list) says to one learner; masks as signed 64-bit numbers."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES

    pk = models.CompositePrimaryKey("run_id", "learner_id", "pathway")
    run_id = models.IntegerField()
    learner_id = models.UUIDField()
    pathway = models.SmallIntegerField()
    version = models.SmallIntegerField()
    outcome = models.SmallIntegerField()
    open = models.BooleanField()
    true = models.BigIntegerField()
    known = models.BigIntegerField()
    credits = models.IntegerField()
    courses = models.SmallIntegerField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_batch_result"
