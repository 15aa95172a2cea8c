"""Tables of what banks and providers say."""

from typing import ClassVar

from django.db import models

from linkspan.finance.models.charges import ChargeRow
from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import FOLLOWS, AtMerge
from linkspan.kernel.reasons import Phrase


class BankFileRow(models.Model):
    """A statement of a bank that an office handed in; its content is not kept."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "finance"
        db_table = "finance_bank_file"


class BankEntryRow(models.Model):
    """A booked entry of a statement, once by its key, and what became of it."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.MONEY)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    file = models.ForeignKey(BankFileRow, on_delete=models.PROTECT, related_name="entries")
    institution = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    booked_on = models.DateField()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=500, blank=True)
    payer = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=24)
    state = models.CharField(max_length=16)
    charge = models.ForeignKey(ChargeRow, on_delete=models.PROTECT, null=True, related_name="bank_entries")
    note = models.TextField(blank=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "finance"
        db_table = "finance_bank_entry"
        constraints = [models.UniqueConstraint(fields=["institution", "key"], name="finance_bank_entry_once")]


class ProviderEventRow(models.Model):
    """An event that a payment provider told, once by its identifier."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor("payment_events", Phrase("Events of payment providers"), "at", 365, 30, 3650)

    id = models.CharField(max_length=255, primary_key=True)
    kind = models.CharField(max_length=80)
    charge_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        app_label = "finance"
        db_table = "finance_provider_event"
