"""Tables of agreement versions, their moves, and audits as they were seen."""

from django.db import models

from linkspan.kernel.ids import new_id


class AgreementVersionRow(models.Model):
    """One immutable version; its present status is that of its newest move."""

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

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_version"
        constraints = [models.UniqueConstraint(fields=["agreement_id", "version"], name="pathways_version_once")]


class AgreementMoveRow(models.Model):
    """One move in a version's life, from a day on."""

    id = models.UUIDField(primary_key=True, default=new_id)
    agreement_version = models.ForeignKey(AgreementVersionRow, on_delete=models.PROTECT, related_name="moves")
    status = models.CharField(max_length=24)
    actor_name = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "pathways"
        db_table = "pathways_agreement_move"


class AuditRow(models.Model):
    """An audit with the record it judged: what an appeal replays."""

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
