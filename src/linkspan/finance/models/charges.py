"""Tables of charges, their payments and refunds, documents and the ledger."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import FOLLOWS, MOVES, AtMerge, not_both
from linkspan.kernel.reasons import Sentence


class ChargeRow(models.Model):
    """What a learner owes for a subject."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence(
            "merge_charged_twice",
            "Both accounts were charged for the same thing. Have one charge refunded or cancelled first.",
        ),
        "subject",
        only=Q(state__in=["open", "paid"]),
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64, blank=True, default="")
    subject = models.CharField(max_length=255)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16)
    at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    reported_reference = models.CharField(max_length=200, blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    provider = models.CharField(max_length=32, blank=True)
    provider_reference = models.CharField(max_length=200, blank=True)
    checkout = models.CharField(max_length=255, blank=True, default="", db_index=True)
    discount_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    part_minor = models.BigIntegerField(default=0)
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "finance"
        db_table = "finance_charge"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "subject"],
                condition=models.Q(state__in=["open", "paid"]),
                name="finance_one_live_charge_per_subject",
            ),
            models.CheckConstraint(condition=models.Q(minor__gte=0), name="finance_charge_not_negative"),
            models.CheckConstraint(
                condition=models.Q(part_minor__gte=0, minor__gte=models.F("discount_minor") + models.F("part_minor")),
                name="finance_parts_within_charge",
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, discount_minor__gte=0)
                & models.Q(minor__gte=models.F("discount_minor") + models.F("refunded_minor")),
                name="finance_never_back_more_than_paid",
            ),
        ]
        indexes = [models.Index(fields=["institution", "at"], name="finance_charge_of_institution")]


class PaymentRow(models.Model):
    """Money that came for a charge and was confirmed: all that is due, or a part; `bounced_at` once it was taken back.

    `part_minor` of an open charge is what such payments hold of it. Cards have none: their provider counts.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    charge = models.ForeignKey(ChargeRow, on_delete=models.PROTECT, related_name="payments")
    minor = models.BigIntegerField()
    reference = models.CharField(max_length=200)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()
    bounced_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True, default="")

    class Meta:
        app_label = "finance"
        db_table = "finance_payment"
        constraints = [models.CheckConstraint(condition=models.Q(minor__gt=0), name="finance_payment_positive")]


class PayeeRow(models.Model):
    """Who is paid at an institution, how, and whether a second person confirms what goes back."""

    institution = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=140)
    address = models.TextField(blank=True)
    account = models.CharField(max_length=140, blank=True)
    bank = models.CharField(max_length=140, blank=True)
    instructions = models.TextField(blank=True)
    days_to_pay = models.IntegerField()
    second_person = models.BooleanField()

    class Meta:
        app_label = "finance"
        db_table = "finance_payee"


class JournalEntryRow(models.Model):
    """A balanced entry; the reference makes it once and only once."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    reference = models.CharField(max_length=255, unique=True)
    learner_id = models.UUIDField(db_index=True)
    subject = models.CharField(max_length=255, db_index=True)
    cohort = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "finance"
        db_table = "finance_journal_entry"


class PostingRow(models.Model):
    """One line of an entry."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    entry = models.ForeignKey(JournalEntryRow, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=32, db_index=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        app_label = "finance"
        db_table = "finance_posting"


class CouponRow(models.Model):
    """A coupon of an institution: a percentage or a fixed amount off."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    code = models.CharField(max_length=40, unique=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    most_uses = models.IntegerField(null=True)
    most_per_learner = models.IntegerField(default=1)
    stacks = models.BooleanField(default=False)

    class Meta:
        app_label = "finance"
        db_table = "finance_coupon"


class DiscountRow(models.Model):
    """One discount on one charge: by a coupon, or by need if there is none."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    charge = models.ForeignKey(ChargeRow, on_delete=models.PROTECT, related_name="discounts")
    coupon = models.ForeignKey(CouponRow, on_delete=models.PROTECT, null=True, related_name="uses")
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    minor = models.BigIntegerField(default=0)

    class Meta:
        app_label = "finance"
        db_table = "finance_discount"
        constraints = [
            models.UniqueConstraint(fields=["charge", "coupon"], name="finance_coupon_once_a_charge"),
            models.UniqueConstraint(
                fields=["charge"], condition=models.Q(coupon=None), name="finance_need_once_a_charge"
            ),
        ]


class RefundRow(models.Model):
    """Money that goes back, through the provider that took it."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    charge = models.ForeignKey(ChargeRow, on_delete=models.PROTECT, related_name="refunds")
    minor = models.BigIntegerField()
    provider = models.CharField(max_length=32)
    payment_reference = models.CharField(max_length=200)
    provider_reference = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=60, blank=True, default="")
    write_off_asked_by = models.UUIDField(null=True)
    write_off_reason = models.TextField(blank=True, default="")
    written_off_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "finance"
        db_table = "finance_refund"
        constraints = [models.CheckConstraint(condition=models.Q(minor__gt=0), name="finance_refund_positive")]


class RefundAskRow(models.Model):
    """A refund that somebody asked for and a second person decides."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    charge = models.ForeignKey(ChargeRow, on_delete=models.PROTECT, related_name="asks")
    minor = models.BigIntegerField()
    reason = models.TextField()
    state = models.CharField(max_length=16)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "finance"
        db_table = "finance_refund_ask"
        constraints = [
            models.CheckConstraint(condition=models.Q(minor__gt=0), name="finance_ask_positive"),
            models.UniqueConstraint(
                fields=["charge"], condition=models.Q(state="waiting"), name="finance_one_ask_a_charge"
            ),
        ]


class NumberSeriesRow(models.Model):
    """The last number of a kind of document at an institution; locked, so that none is left out or given twice."""

    institution = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    last = models.IntegerField(default=0)

    class Meta:
        app_label = "finance"
        db_table = "finance_number_series"
        constraints = [models.UniqueConstraint(fields=["institution", "kind"], name="finance_one_series")]


class MoneyDocumentRow(models.Model):
    """An invoice, receipt or credit note as it was issued; it never changes, a correction is a credit note."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    charge = models.ForeignKey(ChargeRow, on_delete=models.PROTECT, related_name="documents")
    institution = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    number = models.IntegerField()
    key = models.CharField(max_length=80)
    minor = models.BigIntegerField()
    told = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "finance"
        db_table = "finance_document"
        constraints = [
            models.UniqueConstraint(fields=["institution", "kind", "number"], name="finance_document_number"),
            models.UniqueConstraint(fields=["charge", "key"], name="finance_document_once"),
        ]
