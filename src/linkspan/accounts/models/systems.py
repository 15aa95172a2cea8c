"""Tables of other systems: those of institutions with access, and providers by which people sign in."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from linkspan.accounts.rules.providers import SignInKind
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import GOES, AtMerge
from linkspan.kernel.reasons import Phrase
from linkspan.kernel.sealed import SealedField


class ApiClientRow(models.Model):
    """A system of an institution with access to the VC API; only its public key is known here."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    jwk = models.JSONField()
    scopes = models.JSONField()
    registered_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_api_client"


class UsedAssertion(models.Model):
    """A client assertion that was used; kept until it has expired, so that it is used once."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "assertions", Phrase("Requests for access by systems"), "expires_at", 1, 0, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    client = models.ForeignKey(ApiClientRow, on_delete=models.CASCADE)
    jti_sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_used_assertion"
        constraints = [models.UniqueConstraint(fields=["client", "jti_sha256"], name="accounts_assertion_once")]


class IdentityProviderRow(models.Model):
    """An identity provider of an institution; whom it signs in stands in allauth's table, under this id."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=100)
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=190)
    secret = SealedField()
    domains = models.JSONField()
    claims = models.JSONField()
    is_enabled = models.BooleanField(default=False)
    #: Where the provider ends its own session, as it published when it was enabled; empty if nowhere.
    ends_sessions_at = models.CharField(max_length=500, blank=True, default="")
    added_at = models.DateTimeField()
    kind = models.CharField(max_length=16, default=SignInKind.OPENID)
    #: Of SAML: our certificate, whose key is the secret; what the provider published, as a person took it over.
    certificate = models.TextField(blank=True, default="")
    metadata = models.JSONField(default=dict)
    metadata_url = models.CharField(max_length=500, blank=True, default="")
    #: What it publishes now, where that is something else; it counts once a person takes it over.
    offered = models.JSONField(default=dict)
    #: When it was asked last, when it answered last, and what was wrong if it did not.
    asked_at = models.DateTimeField(null=True, db_index=True)
    read_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        app_label = "accounts"
        db_table = "accounts_identity_provider"
        constraints = [
            models.UniqueConstraint(fields=["institution", "issuer", "client_id"], name="accounts_provider_once")
        ]


class ProviderMessageRow(models.Model):
    """A message of a provider that was used; kept until it has expired, so that it is used once."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "provider_messages", Phrase("Sign-ins by institutions, against their repetition"), "ends_at", 1, 0, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    provider = models.ForeignKey(IdentityProviderRow, on_delete=models.CASCADE)
    message_sha256 = models.CharField(max_length=64)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_provider_message"
        constraints = [
            models.UniqueConstraint(fields=["provider", "message_sha256"], name="accounts_provider_message_once")
        ]


class InstitutionSignInRow(models.Model):
    """A sign-in that came by an institution, so that the institution can end it."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "institution_sign_ins", Phrase("Sign-ins by institutions that are over"), "ends_at", 1, 0, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="institution_sign_ins")
    provider = models.ForeignKey(IdentityProviderRow, on_delete=models.CASCADE)
    #: By what the provider names the person and the session, hashed.
    name_sha256 = models.CharField(max_length=64)
    index_sha256 = models.CharField(max_length=64)
    #: The key of the session here.
    secret = SealedField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_institution_sign_in"
        indexes = [models.Index(fields=["provider", "name_sha256"], name="accounts_signed_in_by")]
