"""Tables of applications of others that people let into their credentials."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import GOES, AtMerge
from linkspan.kernel.reasons import Phrase
from linkspan.kernel.sealed import SealedField


class ApplicationRow(models.Model):
    """An application that registered itself, and when a person last let it in; its secret is kept as a hash alone."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "applications",
        Phrase("Applications that nobody lets in"),
        "used_at",
        90,
        1,
        730,
        only=Q(connections=None, partner_of=""),
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    client_id = models.CharField(max_length=64, unique=True)
    #: Empty for one that got no secret: a wallet, which shows a key instead.
    secret_sha256 = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=100)
    addresses = models.JSONField()
    software_id = models.CharField(max_length=500)
    software_version = models.CharField(max_length=100)
    redirect_uris = models.JSONField()
    scopes = models.JSONField()
    contacts = models.JSONField(default=list)
    registered_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(db_index=True)
    #: The institution that registered it as a partner (OpenID Connect), until when, and whence names of people come.
    partner_of = models.CharField(max_length=64, blank=True, default="", db_index=True)
    ended_at = models.DateTimeField(null=True)
    sector_key = SealedField(blank=True, default="")

    class Meta:
        app_label = "accounts"
        db_table = "accounts_application"


class OpenIdKeyRow(models.Model):
    """The key with which ID tokens are signed; the newest signs, earlier ones are still published."""

    id = models.UUIDField(primary_key=True, default=new_id)
    secret = SealedField()
    made_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        db_table = "accounts_openid_key"


class ConnectionRow(models.Model):
    """An application that a person lets in: the code that it got for that, once, and what it may do until `ends_at`.

    That is the end of its code, later of its last token, or when the person ended it.
    """

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "connections", Phrase("Applications that a person lets in no more"), "ends_at", 30, 0, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    application = models.ForeignKey(ApplicationRow, on_delete=models.CASCADE, related_name="connections")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    scopes = models.JSONField()
    redirect_uri = models.CharField(max_length=500)
    challenge = models.CharField(max_length=128)
    code_sha256 = models.CharField(max_length=64, unique=True)
    code_ends_at = models.DateTimeField()
    code_used_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(db_index=True)
    #: How often all sign-ins of the person had been ended then: a later count makes it void.
    sign_ins_ended = models.PositiveIntegerField()
    #: What else a wallet asked with it, as `rules.applications.Wish` writes it.
    wish = models.JSONField(default=dict)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_connection"


class ConnectionTokenRow(models.Model):
    """A token of a connection, of which only the hash is kept: for access, or to be changed for new ones, once."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "connection_tokens", Phrase("Tokens of applications that are over"), "ends_at", 7, 0, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    connection = models.ForeignKey(ConnectionRow, on_delete=models.CASCADE, related_name="tokens")
    renews = models.BooleanField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    #: The key without which it is no good (RFC 9449), by its thumbprint; empty if it is good for who bears it.
    thumbprint = models.CharField(max_length=43, blank=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_connection_token"


class PushedRequestRow(models.Model):
    """What an application asks, pushed by itself before it sends the browser (RFC 9126); it is asked once."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "pushed_requests", Phrase("Requests of applications that nobody answered"), "ends_at", 1, 0, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    application = models.ForeignKey(ApplicationRow, on_delete=models.CASCADE, related_name="+")
    name_sha256 = models.CharField(max_length=64, unique=True)
    query = models.TextField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_pushed_request"


class UsedProofRow(models.Model):
    """A proof of possession that was shown; kept until it is too old anyway, so that it is shown once."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "used_proofs", Phrase("Proofs of wallets that were used"), "ends_at", 1, 0, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    proof_sha256 = models.CharField(max_length=64, unique=True)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_used_proof"
