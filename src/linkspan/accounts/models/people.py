"""Tables of people, roles, identity checks, consent and disclosure."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from linkspan.accounts.rules.deletion import EMPTIED
from linkspan.kernel.addresses import address
from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import BY_HAND, STAYS, AtMerge, Way, not_while, one_of
from linkspan.kernel.reasons import Phrase, Sentence


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

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.ACCOUNT, **EMPTIED)
    AT_MERGE: ClassVar[AtMerge] = BY_HAND

    id = models.UUIDField(primary_key=True, default=new_id)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    legal_name = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    #: The language that was chosen; empty: none yet, so that pages are in the browser's and mail in English.
    locale = models.CharField(max_length=16, blank=True, default="")
    is_active = models.BooleanField(default=True)
    #: Counts how often all sign-ins were ended: a session or token of an earlier count is void.
    sign_ins_ended = models.PositiveIntegerField(default=0)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        app_label = "accounts"
        db_table = "accounts_user"
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_address_once")]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session holds: void after a new password, and after all sign-ins were ended."""
        held = f"{self.password}:{self.sign_ins_ended}"
        return salted_hmac("linkspan.accounts.session", held, secret=secret, algorithm="sha256").hexdigest()


class RoleGrant(models.Model):
    """A role of a person at an institution, or everywhere if the institution is empty."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = BY_HAND

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=32)
    institution = models.CharField(max_length=64, blank=True, default="")
    granted_by = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True, db_index=True)
    why = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        app_label = "accounts"
        db_table = "accounts_role_grant"
        constraints = [models.UniqueConstraint(fields=["user", "role", "institution"], name="accounts_grant_once")]
        indexes = [models.Index(fields=["institution", "role"], name="accounts_grant_at")]


class InvitationRow(models.Model):
    """A role that somebody was invited to take; the link in the mail is made of its id, signed."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "invitations", Phrase("Invitations that nobody took"), "expires_at", 90, 30, 730, only=Q(accepted_by=None)
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    email = models.EmailField()
    role = models.CharField(max_length=32)
    institution = models.CharField(max_length=64, blank=True, default="")
    invited_by_id = models.UUIDField(null=True)
    invited_by = models.CharField(max_length=200)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500)
    despite_duties = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    accepted_by = models.UUIDField(null=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["email", "role", "institution"],
                condition=models.Q(closed_at=None),
                name="accounts_invited_once",
            )
        ]
        indexes = [models.Index(fields=["institution", "-invited_at"], name="accounts_invited_at")]


class AccessReviewRow(models.Model):
    """A named person's sign-off of the list of roles at an institution, with the list as it was signed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=200)
    count = models.PositiveIntegerField()
    note = models.CharField(max_length=500, blank=True)
    list_sha256 = models.CharField(max_length=64)
    document_sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_access_review"
        indexes = [models.Index(fields=["institution", "-at"], name="accounts_review_at")]


class IdentityCheck(models.Model):
    """Evidence of a legal name, and what a person on the staff said of it."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("document_sha256", "legal_name")
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "refused_names",
        Phrase("Evidence of a name that was refused"),
        "checked_at",
        365,
        90,
        1095,
        only=Q(state="refused"),
    )

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

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = BY_HAND

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

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DISCLOSED)
    AT_MERGE: ClassVar[AtMerge] = AtMerge(Way.MOVES, of_anybody=True)

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


class DeletionRow(models.Model):
    """A wish to have one's account deleted: when it is due, what stands in its way, and what came of it."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.ACCOUNT, reason="")
    AT_MERGE: ClassVar[AtMerge] = not_while(
        (
            Q(withdrawn_at=None, done_at=None),
            Sentence("merge_deletion_waits", "One of the accounts waits to be deleted. Keep it first."),
        ),
        way=Way.STAYS,
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    asked_at = models.DateTimeField()
    #: Who asked for the person: an operator; empty if they did it themselves.
    asked_by = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField(db_index=True)
    #: What held it back when it was due, as `kernel.reasons.stored` writes it.
    held_by = models.JSONField(default=list)
    withdrawn_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    #: Where the last mail goes, from the deletion until that mail is handed over.
    last_address = models.EmailField(blank=True)
    last_locale = models.CharField(max_length=16, blank=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_deletion"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id"],
                condition=models.Q(withdrawn_at=None, done_at=None),
                name="accounts_one_open_deletion",
            )
        ]


class MergeRow(models.Model):
    """That two accounts are one person's: who says so and how it was shown, and what came of it.

    `learner_id` is the account that stays, `joined_id` the one that ends. The person's `own` wish is proved by the
    other account; an office's is approved by a second person.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.ACCOUNT, reason="", joined_email="")
    AT_MERGE: ClassVar[AtMerge] = STAYS

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    joined_id = models.UUIDField(db_index=True)
    #: The address of the account that ends, by which files of institutions name the person further on.
    joined_email = models.EmailField(db_index=True)
    own = models.BooleanField()
    asked_by_id = models.UUIDField(null=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    proved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, blank=True)
    #: How many rows of each domain moved.
    moved = models.JSONField(default=dict)
    #: Where the mail to the account that ended goes, until it is handed over.
    last_address = models.EmailField(blank=True)
    last_locale = models.CharField(max_length=16, blank=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_merge"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "joined_id", "own"],
                condition=models.Q(closed_at=None, done_at=None),
                name="accounts_one_open_merge",
            )
        ]
