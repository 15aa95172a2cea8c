"""Tables of prices by need."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import AtMerge, not_both
from linkspan.kernel.reasons import Phrase, Sentence


class NeedScheduleRow(models.Model):
    """What an institution takes off by need, from a day on: `{"tiers", "thresholds", "default_threshold"}`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    terms = models.JSONField()
    valid_from = models.DateField()

    class Meta:
        app_label = "finance"
        db_table = "finance_need_schedule"
        constraints = [
            models.UniqueConstraint(fields=["institution", "valid_from"], name="finance_schedule_once_a_day")
        ]


class ExchangeRateRow(models.Model):
    """How much of `quote` one unit of `base` is on a day, and who says so; a correction is a new version."""

    id = models.UUIDField(primary_key=True, default=new_id)
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    on = models.DateField()
    source = models.CharField(max_length=200)
    version = models.IntegerField(default=1)
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "finance"
        db_table = "finance_exchange_rate"
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "on", "version"], name="finance_rate_version_once_a_day")
        ]


class NeedRequestRow(models.Model):
    """A learner's request for a price by need, what the rules proposed, and what a person decided."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_need_twice", "Both accounts wait for a price by need. Wait until one is decided."),
        "institution",
        only=Q(state__in=["submitted", "appealed"]),
    )
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "need_evidence",
        Phrase("Evidence of income"),
        "decided_at",
        365,
        180,
        2555,
        only=Q(state__in=["approved", "refused"]),
        file="document_sha256",
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64, db_index=True)
    income_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    document_sha256 = models.CharField(max_length=64)
    proposed = models.JSONField()
    state = models.CharField(max_length=16)
    percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    reason = models.TextField(blank=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    appeal = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "finance"
        db_table = "finance_need_request"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "institution"],
                condition=models.Q(state__in=["submitted", "appealed"]),
                name="finance_one_open_need_request",
            )
        ]
