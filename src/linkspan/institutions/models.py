"""Tables of institutions and their keys."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import MOVES, AtMerge


class InstitutionRow(models.Model):
    """A university or school."""

    code = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200)
    aliases = models.JSONField(default=list)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    url = models.URLField(blank=True)

    class Meta:
        app_label = "institutions"
        db_table = "institutions_institution"


class SigningKeyRow(models.Model):
    """A signing key; `secret` is the encrypted document of its seed, the socket of its process or its token label."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.ForeignKey(InstitutionRow, on_delete=models.PROTECT, related_name="keys")
    did = models.CharField(max_length=300, db_index=True)
    multibase = models.CharField(max_length=200, unique=True)
    custody = models.CharField(max_length=16, default="file")
    secret = models.CharField(max_length=300)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    compromised_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "institutions"
        db_table = "institutions_signing_key"


class RegistrationRow(models.Model):
    """An institution that wants to join; refused, it is closed and its short name is free again."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.DECIDED)
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    domain = models.CharField(max_length=253)
    accreditor = models.CharField(max_length=200)
    accreditation_id = models.CharField(max_length=100)
    evidence_sha256 = models.CharField(max_length=64)
    applicant_id = models.UUIDField(db_index=True)
    token = models.CharField(max_length=64)
    state = models.CharField(max_length=24)
    registered_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    proved_by = models.CharField(max_length=8, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    closed = models.BooleanField(default=False)

    class Meta:
        app_label = "institutions"
        db_table = "institutions_registration"
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(closed=False), name="institutions_one_registration_per_code"
            )
        ]


class TrustSourceRow(models.Model):
    """An issuer or a registry on which an institution relies, by a registrar's decision; ended, it counts no more.

    An authority that certifies issuers has its `certificate` (PEM), and its fingerprint as address.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=16)
    address = models.CharField(max_length=500)
    name = models.CharField(max_length=200)
    reason = models.TextField()
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=64, blank=True)
    unreadable = models.IntegerField(default=0)
    certificate = models.TextField(blank=True, default="")

    class Meta:
        app_label = "institutions"
        db_table = "institutions_trust_source"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "kind", "address"],
                condition=models.Q(ended_at=None),
                name="institutions_one_trust_of_an_address",
            )
        ]


class TrustedIssuerRow(models.Model):
    """An issuer that a source names; `keys` are pinned, `waiting_keys` are others that a registrar has not accepted.

    Of a federation the anchor has a row as well, with its keys; whom it vouches for counts `until` the chain ends.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    source = models.ForeignKey(TrustSourceRow, on_delete=models.CASCADE, related_name="issuers")
    did = models.CharField(max_length=500, db_index=True)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=500, blank=True)
    keys = models.JSONField(default=list)
    waiting_keys = models.JSONField(default=list)
    standing = models.CharField(max_length=16)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "institutions"
        db_table = "institutions_trusted_issuer"
        constraints = [models.UniqueConstraint(fields=["source", "did"], name="institutions_one_row_of_an_issuer")]


class FederationRow(models.Model):
    """Which entities stand above an institution in federations, as a registrar decided."""

    institution = models.CharField(max_length=64, primary_key=True)
    superiors = models.JSONField(default=list)
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        app_label = "institutions"
        db_table = "institutions_federation"


class TrustChangeRow(models.Model):
    """One line of what changed of whom is relied on."""

    id = models.UUIDField(primary_key=True, default=new_id)
    source = models.ForeignKey(TrustSourceRow, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    what = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    count = models.IntegerField(default=1)
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "institutions"
        db_table = "institutions_trust_change"


class LookRow(models.Model):
    """How what an institution issues looks from a day on; without a day it is a draft, of which there is one."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    primary = models.CharField(max_length=7)
    accent = models.CharField(max_length=7)
    mark_kind = models.CharField(max_length=3, blank=True)
    mark = models.BinaryField(default=bytes)
    mark_words = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField(null=True)
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        app_label = "institutions"
        db_table = "institutions_look"
        constraints = [
            models.UniqueConstraint(fields=["institution", "valid_from"], name="institutions_one_look_a_day"),
            models.UniqueConstraint(
                fields=["institution"], condition=models.Q(valid_from=None), name="institutions_one_drafted_look"
            ),
        ]


class SignatoryRow(models.Model):
    """Who signs for an institution, from a day until a day."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    signature_kind = models.CharField(max_length=3, blank=True)
    signature = models.BinaryField(default=bytes)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        app_label = "institutions"
        db_table = "institutions_signatory"
