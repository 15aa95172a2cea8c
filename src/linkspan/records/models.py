"""Tables of facts; rows are added, never changed."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge, Way, not_both
from linkspan.kernel.reasons import Phrase, Sentence


class FactRow(models.Model):
    """One fact; a correction is a new row with the next version and a reason."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_fact_twice", "Both accounts say something different on record of {what}.", what=""),
        "kind",
        "key",
        same="data",
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=255)
    version = models.IntegerField(default=1)
    data = models.JSONField()
    source = models.CharField(max_length=200)
    #: Of what a learning platform told: when it said so, if it tells, and the hash of its words.
    told_at = models.DateTimeField(null=True)
    told_sha256 = models.CharField(max_length=64, blank=True, default="")
    document_sha256 = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "records"
        db_table = "records_fact"
        constraints = [
            models.UniqueConstraint(fields=["learner_id", "kind", "key", "version"], name="records_fact_once")
        ]


class FactCheckRow(models.Model):
    """What a person on the staff said of a fact's evidence."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = AtMerge(Way.MOVES, parent="fact")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    fact = models.OneToOneField(FactRow, on_delete=models.PROTECT, related_name="check_row")
    accepted = models.BooleanField()
    data = models.JSONField(default=dict)
    checked_by = models.UUIDField(null=True)
    checked_by_name = models.CharField(max_length=200)
    checked_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "records"
        db_table = "records_fact_check"


class ExportRow(models.Model):
    """A platform's export that staff handed in; `outcome` says what became of it once it was taken."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    #: As `courseware.rules.Reading.kept` writes it.
    read_as = models.JSONField(default=dict)
    handed_in_by = models.UUIDField(null=True)
    handed_in_by_name = models.CharField(max_length=200)
    handed_in_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    taken_by_name = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    outcome = models.JSONField(null=True)

    class Meta:
        app_label = "records"
        db_table = "records_export"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "sha256"], condition=models.Q(taken_at=None), name="records_export_waits_once"
            )
        ]


class ComparisonRow(models.Model):
    """What a learning platform told of a run beside what stood on record then; each fetch is compared once."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "platform_comparisons", Phrase("Comparisons with learning platforms"), "made_at", 1095, 30, 3650
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    platform_id = models.UUIDField()
    place = models.CharField(max_length=253)
    run_id = models.CharField(max_length=255)
    fetch_id = models.UUIDField(unique=True)
    told_at = models.DateTimeField()
    made_at = models.DateTimeField()
    #: How many lines there are of each state, how many are new or other than before, and how many have gone.
    counts = models.JSONField(default=dict)
    changed = models.IntegerField(default=0)
    gone = models.IntegerField(default=0)

    class Meta:
        app_label = "records"
        db_table = "records_comparison"
        indexes = [models.Index(fields=["platform_id", "run_id", "made_at"], name="records_comparison_newest")]


class ComparedRow(models.Model):
    """A line of a comparison: somebody there, somebody here, and how the two stand to each other."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    comparison = models.ForeignKey(ComparisonRow, on_delete=models.CASCADE, related_name="lines")
    learner_id = models.UUIDField(null=True, db_index=True)
    username = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16)
    #: As `records.rules.Side.kept` writes them; None where nothing stands.
    here = models.JSONField(null=True)
    there = models.JSONField(null=True)
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()
    is_new = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True)
    left_by_name = models.CharField(max_length=200, blank=True)
    left_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        app_label = "records"
        db_table = "records_compared"
        indexes = [models.Index(fields=["comparison", "state"], name="records_compared_state")]
