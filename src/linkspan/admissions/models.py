"""Tables of rounds, applications and decisions."""

from django.db import models

from linkspan.kernel.ids import new_id


class RoundRow(models.Model):
    """An intake under one agreement."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_id = models.CharField(max_length=128)
    institution = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=200)
    term = models.CharField(max_length=64)
    mode = models.CharField(max_length=16)
    seats = models.IntegerField(null=True)
    seats_taken = models.IntegerField(default=0)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    seed = models.BigIntegerField()
    decided_at = models.DateTimeField(null=True)
    cutoff = models.IntegerField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_round"
        constraints = [
            models.UniqueConstraint(fields=["agreement_id", "term"], name="admissions_round_once_a_term"),
            models.CheckConstraint(
                condition=models.Q(seats=None) | models.Q(seats_taken__lte=models.F("seats")),
                name="admissions_never_over_seats",
            ),
        ]


class ApplicationRow(models.Model):
    """One application."""

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    round = models.ForeignKey(RoundRow, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=16, db_index=True)
    audit_id = models.UUIDField()
    eligibility = models.CharField(max_length=16)
    score = models.IntegerField(null=True)
    scored_by = models.CharField(max_length=200, blank=True)
    statement = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    reasons = models.JSONField(default=list)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_application"
        constraints = [models.UniqueConstraint(fields=["learner_id", "round"], name="admissions_once_per_round")]


class MatchRunRow(models.Model):
    """One matching of a round, with all that it takes to replay it; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    round = models.ForeignKey(RoundRow, on_delete=models.PROTECT, related_name="runs")
    number = models.IntegerField()
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    input = models.JSONField()
    input_sha256 = models.CharField(max_length=64)
    output_sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "admissions"
        db_table = "admissions_match_run"
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="admissions_run_once")]
