"""Tables of credentials and status lists."""

from django.db import models

from linkspan.kernel.ids import new_id


class StatusListRow(models.Model):
    """A status list of an institution; `free` counts indices not yet given out."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    purpose = models.CharField(max_length=32)
    length = models.IntegerField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_status_list"
        constraints = [
            models.UniqueConstraint(fields=["institution", "purpose"], name="credentials_one_list_per_purpose")
        ]


class StatusEntryRow(models.Model):
    """One index of a status list: random, given out once, never again."""

    id = models.UUIDField(primary_key=True, default=new_id)
    status_list = models.ForeignKey(StatusListRow, on_delete=models.PROTECT, related_name="entries")
    index = models.IntegerField()
    is_set = models.BooleanField(default=False)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_status_entry"
        constraints = [models.UniqueConstraint(fields=["status_list", "index"], name="credentials_index_once")]


class CredentialRow(models.Model):
    """A signed credential as issued."""

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    program_key = models.CharField(max_length=128)
    program_title = models.CharField(max_length=200)
    holder_name = models.CharField(max_length=200)
    state = models.CharField(max_length=16)
    awarded_at = models.DateTimeField()
    document = models.JSONField()
    status_entry = models.OneToOneField(StatusEntryRow, on_delete=models.PROTECT)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_credential"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "program_key"],
                condition=models.Q(state="active"),
                name="credentials_one_active_per_program",
            )
        ]
