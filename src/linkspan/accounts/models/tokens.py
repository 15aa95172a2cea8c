"""Tables of tokens by which programs call the API as people."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import GOES, AtMerge
from linkspan.kernel.reasons import Phrase


class PersonTokenRow(models.Model):
    """A token by which a program calls the API as a person; only its hash is kept."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "person_tokens", Phrase("Tokens of people that are over"), "ends_at", 30, 0, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    scopes = models.JSONField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    #: How often all sign-ins of the person had been ended then: a later count makes it void.
    sign_ins_ended = models.PositiveIntegerField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_person_token"
