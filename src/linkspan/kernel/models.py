"""Tables of the audit trail, the outbox, idempotency and signs of life."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor, PartedBy
from linkspan.kernel.merges import MOVES, STAYS, AtMerge
from linkspan.kernel.reasons import Phrase
from linkspan.kernel.retries import Lane, State


class TrailEntry(models.Model):
    """One thing that was done, in its institution's chain; each entry carries the hash of the one before it.

    The hash covers commitments to the name and the words. A part that was erased is blank and has no salt.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.TRAIL)
    AT_MERGE: ClassVar[AtMerge] = STAYS
    PARTED_BY: ClassVar[PartedBy] = PartedBy("position", numbers=5_000_000)

    # To whoever acted: what they said of others is not theirs to take away.
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(("before", "after", "why", "name_salt", "words_salt"), "")

    position = models.BigAutoField(primary_key=True)
    institution = models.CharField(max_length=64, blank=True)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True, db_index=True)
    actor_name = models.CharField(max_length=200)
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=200, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.TextField(blank=True)
    name_salt = models.CharField(max_length=32, blank=True)
    name_sha256 = models.CharField(max_length=64)
    words_salt = models.CharField(max_length=32, blank=True)
    words_sha256 = models.CharField(max_length=64)
    previous_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "kernel"
        db_table = "kernel_trail_entry"
        constraints = [models.UniqueConstraint(fields=["institution", "number"], name="kernel_trail_one_of_a_number")]
        indexes = [
            models.Index(fields=["position"], condition=models.Q(verb="erase_from_trail"), name="kernel_trail_erased")
        ]


class TrailChain(models.Model):
    """How long an institution's chain is, and its newest hash; locked while an entry is added. Empty: the platform."""

    institution = models.CharField(primary_key=True, max_length=64)
    length = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "kernel"
        db_table = "kernel_trail_chain"


class TrailNote(models.Model):
    """The heads of all chains at one moment, joined by one hash."""

    at = models.DateTimeField()
    heads = models.JSONField()
    previous_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "kernel"
        db_table = "kernel_trail_note"


class OutboxMessage(models.Model):
    """An event that must reach its subscribers at least once."""

    PARTED_BY: ClassVar[PartedBy] = PartedBy("id")
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "deliveries",
        Phrase("Deliveries that are done, with what they told"),
        "at",
        90,
        7,
        365,
        only=~Q(deliveries__state__in=[State.WAITING, State.DEAD]),
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    event = models.CharField(max_length=80)
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "kernel"
        db_table = "kernel_outbox_message"


class OutboxDelivery(models.Model):
    """One message for one subscriber."""

    PARTED_BY: ClassVar[PartedBy] = PartedBy("message_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=120)
    lane = models.CharField(max_length=16, default=Lane.FAST)
    state = models.CharField(max_length=16, default=State.WAITING)
    due = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    why = models.TextField(blank=True, default="")

    class Meta:
        app_label = "kernel"
        db_table = "kernel_outbox_delivery"
        constraints = [
            models.UniqueConstraint(fields=["message", "subscriber"], name="kernel_one_delivery_per_subscriber"),
            models.CheckConstraint(condition=models.Q(state__in=list(State)), name="kernel_delivery_state_known"),
            models.CheckConstraint(condition=models.Q(lane__in=list(Lane)), name="kernel_delivery_lane_known"),
            models.CheckConstraint(
                condition=models.Q(state=State.DONE, delivered_at__isnull=False)
                | (~models.Q(state=State.DONE) & models.Q(delivered_at=None)),
                name="kernel_delivery_done_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "due", "id"], condition=models.Q(state=State.WAITING), name="kernel_delivery_next"
            ),
            models.Index(
                fields=["state"], condition=models.Q(state__in=[State.DEAD, State.DROPPED]), name="kernel_delivery_dead"
            ),
        ]


class IdempotencyKey(models.Model):
    """A POST that was already answered."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "answers", Phrase("Answers to requests, for when they are sent again"), "at", 30, 7, 90
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    request_sha256 = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "kernel"
        db_table = "kernel_idempotency_key"
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="kernel_key_once_per_owner")]


class Heartbeat(models.Model):
    """When a process was last at work."""

    name = models.CharField(primary_key=True, max_length=80)
    at = models.DateTimeField()

    class Meta:
        app_label = "kernel"
        db_table = "kernel_heartbeat"


class JobFailureRow(models.Model):
    """What a job of the clock could not do for one of many at its last round."""

    job = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    error = models.TextField()
    since = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        app_label = "kernel"
        db_table = "kernel_job_failure"
        constraints = [models.UniqueConstraint(fields=["job", "subject"], name="kernel_one_failure_a_subject")]


class RetentionRow(models.Model):
    """When what was kept too long of a kind went last, and how much of it."""

    kind = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
    removed = models.IntegerField()

    class Meta:
        app_label = "kernel"
        db_table = "kernel_retention"


class PlannedActRow(models.Model):
    """An act that cannot be undone, confirmed by a person; it takes effect at `release_at` unless it is undone.

    `seen` is the version of what its person was shown; `people` how many it hits.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = STAYS

    # To whoever confirmed: what they did to others is not theirs to take away.
    WITHHELD: ClassVar[dict[str, str]] = dict.fromkeys(("subject", "fields", "reason"), "")

    id = models.UUIDField(primary_key=True, default=new_id)
    act = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    fields = models.JSONField(default=dict)
    institution = models.CharField(max_length=64, blank=True)
    actor_id = models.UUIDField(null=True, db_index=True)
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    seen = models.CharField(max_length=64)
    people = models.IntegerField()
    confirmed_at = models.DateTimeField()
    release_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16)

    class Meta:
        app_label = "kernel"
        db_table = "kernel_planned_act"
        constraints = [
            models.UniqueConstraint(
                fields=["act", "subject"], condition=Q(state="waiting"), name="kernel_one_act_waits_on_a_subject"
            )
        ]
        indexes = [models.Index(fields=["release_at"], condition=Q(state="waiting"), name="kernel_planned_act_due")]


class AliasRow(models.Model):
    """An id that a person had until that account was joined with another one of theirs."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.ACCOUNT)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    old_id = models.UUIDField(primary_key=True)
    learner_id = models.UUIDField(db_index=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "kernel"
        db_table = "kernel_alias"
