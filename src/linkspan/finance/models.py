"""Tables of charges and the ledger."""

from django.db import models

from linkspan.kernel.ids import new_id


class ChargeRow(models.Model):
    """What a learner owes for a subject."""

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64, blank=True, default="")
    subject = models.CharField(max_length=255)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16)
    at = models.DateTimeField()
    reported_reference = models.CharField(max_length=200, blank=True, default="")
    provider = models.CharField(max_length=32, blank=True)
    provider_reference = models.CharField(max_length=200, blank=True)

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
        ]


class JournalEntryRow(models.Model):
    """A balanced entry; the reference makes it once and only once."""

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

    id = models.UUIDField(primary_key=True, default=new_id)
    entry = models.ForeignKey(JournalEntryRow, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=32, db_index=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        app_label = "finance"
        db_table = "finance_posting"
