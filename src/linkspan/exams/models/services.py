"""Tables of proctoring services of others."""

from django.db import models

from linkspan.exams.rules import ServiceKind
from linkspan.kernel.ids import new_id
from linkspan.kernel.sealed import SealedField


class ServiceRow(models.Model):
    """A proctoring service of an institution: our secret there is sealed, of its secret here only the hash is kept.

    Of an LTI tool: `base_url` is where its sign-in begins, the secret is our private key for it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, default=ServiceKind.EDX_PROCTORING.value)
    base_url = models.CharField(max_length=500)
    launch_url = models.CharField(max_length=500, blank=True, default="")
    jwks_url = models.CharField(max_length=500, blank=True, default="")
    client_id = models.CharField(max_length=190)
    secret = SealedField()
    callback_sha256 = models.CharField(max_length=64, blank=True, default="")
    offering = models.JSONField(default=dict)
    is_enabled = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_service"
        constraints = [
            models.UniqueConstraint(fields=["institution", "base_url", "client_id"], name="exams_service_once")
        ]
