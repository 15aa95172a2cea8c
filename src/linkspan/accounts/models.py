"""Tables of people, roles, identity checks, consent and disclosure."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from linkspan.kernel.addresses import address
from linkspan.kernel.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user; without a password only sign-in links and providers work."""
        user = self.model(email=address(email), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who can sign in."""

    id = models.UUIDField(primary_key=True, default=new_id)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    legal_name = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=16, default="en")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        app_label = "accounts"
        db_table = "accounts_user"
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_address_once")]


class RoleGrant(models.Model):
    """A role of a person at an institution, or everywhere if the institution is empty."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=32)
    institution = models.CharField(max_length=64, blank=True, default="")
    granted_by = models.CharField(max_length=200)
    granted_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        db_table = "accounts_role_grant"
        constraints = [models.UniqueConstraint(fields=["user", "role", "institution"], name="accounts_grant_once")]


class IdentityCheck(models.Model):
    """Evidence of a legal name, and what a person on the staff said of it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    legal_name = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16)
    submitted_at = models.DateTimeField()
    checked_by = models.UUIDField(null=True)
    checked_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_identity_check"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "document_sha256", "legal_name"], name="accounts_identity_once"
            )
        ]


class Consent(models.Model):
    """A learner's consent to disclose named records to one institution for one purpose (34 CFR 99.30)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    purpose = models.CharField(max_length=64)
    records = models.JSONField(default=list)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    signed_name = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_consent"
        indexes = [models.Index(fields=["institution", "expires_at"], name="accounts_consent_to")]


class Disclosure(models.Model):
    """One reading of a learner's record by another institution (34 CFR 99.32)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    reader_id = models.UUIDField()
    reader_name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=64)
    records = models.JSONField(default=list)
    basis = models.CharField(max_length=24, default="consent")
    consent_id = models.UUIDField(null=True)
    how = models.CharField(max_length=24, default="page")
    at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        db_table = "accounts_disclosure"


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

    id = models.UUIDField(primary_key=True, default=new_id)
    client = models.ForeignKey(ApiClientRow, on_delete=models.CASCADE)
    jti_sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_used_assertion"
        constraints = [models.UniqueConstraint(fields=["client", "jti_sha256"], name="accounts_assertion_once")]
