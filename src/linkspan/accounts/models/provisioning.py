"""Tables of what institutions' directories say of their staff (SCIM 2.0)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import BY_HAND, FOLLOWS, AtMerge


class ScimTokenRow(models.Model):
    """A bearer token of an institution's directory; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=100)
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    #: The day on which it was used last: a time would be written at every request.
    last_used_on = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_scim_token"


class ScimMappingRow(models.Model):
    """The role that members of a directory's group have at the institution."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    group = models.CharField(max_length=255)
    role = models.CharField(max_length=32)

    class Meta:
        app_label = "accounts"
        db_table = "accounts_scim_mapping"
        constraints = [models.UniqueConstraint(fields=["institution", "group"], name="accounts_scim_mapping_once")]


class ScimUserRow(models.Model):
    """What an institution's directory says of a person on its staff."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = BY_HAND

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="scim_users")
    user_name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=255, blank=True, default="")
    given = models.CharField(max_length=200, blank=True, default="")
    family = models.CharField(max_length=200, blank=True, default="")
    formatted = models.CharField(max_length=200, blank=True, default="")
    display_name = models.CharField(max_length=200, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    active = models.BooleanField(default=True)
    #: The roles that it has by its groups, and by nobody's hand.
    roles = models.JSONField(default=list)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        db_table = "accounts_scim_user"
        constraints = [
            models.UniqueConstraint("institution", Lower("user_name"), name="accounts_scim_user_name_once"),
            models.UniqueConstraint(fields=["institution", "user"], name="accounts_scim_user_once"),
        ]
        indexes = [models.Index(fields=["institution", "external_id"], name="accounts_scim_external")]


class ScimGroupRow(models.Model):
    """A group of an institution's directory."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    display_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True, default="")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        db_table = "accounts_scim_group"
        constraints = [models.UniqueConstraint(fields=["institution", "display_name"], name="accounts_scim_group_once")]


class ScimMemberRow(models.Model):
    """A member of a group of an institution's directory."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    group = models.ForeignKey(ScimGroupRow, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(ScimUserRow, on_delete=models.CASCADE, related_name="groups")

    class Meta:
        app_label = "accounts"
        db_table = "accounts_scim_member"
        constraints = [models.UniqueConstraint(fields=["group", "member"], name="accounts_scim_member_once")]
