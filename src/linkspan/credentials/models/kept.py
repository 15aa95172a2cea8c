"""Tables of what people keep here of others: credentials, and the profile that their applications put in."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, one_of


class KeptCredentialRow(models.Model):
    """A credential that somebody else issued, as it came, to the byte; `source` is the application that put it in."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("issuer_id", "credential_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    family = models.CharField(max_length=8)
    issuer_id = models.CharField(max_length=500)
    credential_id = models.CharField(max_length=500)
    title = models.CharField(max_length=300)
    issuer_name = models.CharField(max_length=300, blank=True)
    content = models.TextField()
    is_token = models.BooleanField()
    valid_from = models.DateTimeField()
    kept_at = models.DateTimeField()
    source = models.CharField(max_length=100, blank=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_kept_credential"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "issuer_id", "credential_id"], name="credentials_kept_once_a_person"
            )
        ]


class HostProfileRow(models.Model):
    """One member that an application put into a person's profile; name and e-mail are the account's."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("member")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    member = models.CharField(max_length=20)
    value = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_host_profile"
        constraints = [
            models.UniqueConstraint(fields=["learner_id", "member"], name="credentials_host_profile_member_once")
        ]
