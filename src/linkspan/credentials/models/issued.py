"""Tables of credentials, awards, status lists, the log of issued hashes and grading policies."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import FOLLOWS, STAYS, AtMerge, not_both, not_while
from linkspan.kernel.reasons import Sentence

#: The credential that decides on an achievement of a learner: it stands, or its revocation was not lifted.
DECIDES = models.Q(state__in=["active", "suspended"]) | models.Q(state="revoked", lifted_at=None)


class StatusListRow(models.Model):
    """A status list of an issuer: `taken` of its `length` indices are given out; `version` counts its changes."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    issuer = models.CharField(max_length=300)
    length = models.IntegerField()
    taken = models.IntegerField(default=0)
    version = models.IntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_status_list"
        indexes = [models.Index(fields=["issuer", "taken"], name="credentials_list_of_issuer")]


class StatusEntryRow(models.Model):
    """One index of a status list: random, given out once, never again; a bit in the list of each purpose."""

    id = models.UUIDField(primary_key=True, default=new_id)
    status_list = models.ForeignKey(StatusListRow, on_delete=models.PROTECT, related_name="entries")
    index = models.IntegerField()
    revoked = models.BooleanField(default=False)
    suspended = models.BooleanField(default=False)
    superseded = models.BooleanField(default=False)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_status_entry"
        constraints = [models.UniqueConstraint(fields=["status_list", "index"], name="credentials_index_once")]


class CredentialRow(models.Model):
    """A signed credential as issued; `basis` names what it rests on (a course run, a program's results).

    A revoked one stands in the way of another until a person lifts the revocation.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_held_twice", "Both accounts hold the same credential."), "kind", "achievement_key", only=DECIDES
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, default="program")
    achievement_key = models.CharField(max_length=255)
    title = models.CharField(max_length=200)
    holder_name = models.CharField(max_length=200)
    basis = models.CharField(max_length=255, blank=True)
    results = models.JSONField(default=list)
    state = models.CharField(max_length=16)
    awarded_at = models.DateTimeField()
    document = models.JSONField()
    status_entry = models.OneToOneField(StatusEntryRow, on_delete=models.PROTECT)
    state_changed_at = models.DateTimeField(null=True)
    state_reason = models.TextField(blank=True)
    superseded_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="predecessors")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True)
    lift_reason = models.TextField(blank=True)
    #: The parts that its holder shows to nobody else.
    hidden = models.JSONField(default=list)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_credential"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "kind", "achievement_key"], condition=DECIDES, name="credentials_one_decides"
            )
        ]


class ClaimRow(models.Model):
    """A credential that was decided on and is not signed yet, under the identifier that it will have.

    `draft` is what was decided on. The row goes when the credential is stored, or when it cannot be.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = not_while((models.Q(), Sentence("merge_signing", "A credential is being signed.")))

    id = models.UUIDField(primary_key=True, default=new_id)
    batch = models.UUIDField(db_index=True)
    learner_id = models.UUIDField()
    institution = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    achievement_key = models.CharField(max_length=255)
    title = models.CharField(max_length=200)
    draft = models.JSONField()
    status_entry = models.OneToOneField(StatusEntryRow, on_delete=models.PROTECT)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    by_system = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_claim"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "kind", "achievement_key"], name="credentials_claimed_once_at_a_time"
            )
        ]


class AwardPolicyRow(models.Model):
    """Whether program awards of an institution take four eyes; without a row they do."""

    institution = models.CharField(max_length=64, primary_key=True)
    four_eyes = models.BooleanField(default=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_award_policy"


class AwardRow(models.Model):
    """A program award that was prepared, and who decided on it."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_awarded_twice", "A credential of both waits."), "program_key", only=models.Q(state="waiting")
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    institution = models.CharField(max_length=64, db_index=True)
    program_key = models.CharField(max_length=128)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=16)
    prepared_by = models.CharField(max_length=200)
    prepared_by_id = models.UUIDField(null=True)
    prepared_at = models.DateTimeField()
    supersedes = models.ForeignKey(CredentialRow, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    credential = models.OneToOneField(CredentialRow, on_delete=models.PROTECT, null=True, related_name="award")
    claim = models.OneToOneField(ClaimRow, on_delete=models.SET_NULL, null=True, related_name="award")

    class Meta:
        app_label = "credentials"
        db_table = "credentials_award"
        constraints = [
            models.UniqueConstraint(
                fields=["learner_id", "program_key"],
                condition=models.Q(state="waiting"),
                name="credentials_one_award_waits",
            )
        ]


class HolderRow(models.Model):
    """What a holder chose to show."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = STAYS

    learner_id = models.UUIDField(primary_key=True)
    shows_name = models.BooleanField(default=False)
    did = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_holder"


class AlignmentRow(models.Model):
    """What an achievement (a course or program) is aligned to, in the terms of Open Badges 3.0, section B.1.3."""

    id = models.UUIDField(primary_key=True, default=new_id)
    achievement_key = models.CharField(max_length=128, db_index=True)
    data = models.JSONField()
    target_url = models.CharField(max_length=500)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_alignment"
        constraints = [
            models.UniqueConstraint(fields=["achievement_key", "target_url"], name="credentials_aligned_once")
        ]


class GradingPolicyRow(models.Model):
    """The grading policy of a program from a day on; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    program_key = models.CharField(max_length=128)
    valid_from = models.DateField()
    data = models.JSONField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_grading_policy"
        constraints = [models.UniqueConstraint(fields=["program_key", "valid_from"], name="credentials_policy_once")]


class LogRow(models.Model):
    """The log of issued hashes of an institution; the row is locked while entries are added."""

    institution = models.CharField(max_length=64, primary_key=True)
    size = models.IntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_log"


class LogEntryRow(models.Model):
    """One entry: the SHA-256 of a signed credential, at its position from 0 on; never changed.

    `credential` is the one that it is of; wallets' copies, what systems issue over the VC API, and controller documents
    have none.
    """

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    log = models.ForeignKey(LogRow, on_delete=models.PROTECT, related_name="entries")
    position = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    credential = models.OneToOneField(CredentialRow, on_delete=models.PROTECT, null=True, related_name="log_entry")
    at = models.DateTimeField(null=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_log_entry"
        constraints = [models.UniqueConstraint(fields=["log", "position"], name="credentials_log_position_once")]


class ControllerRow(models.Model):
    """A controller document as an institution published it when it issued; entered in the log before what it signed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    position = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    document = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_controller"
        constraints = [
            models.UniqueConstraint(fields=["institution", "position"], name="credentials_controller_position_once")
        ]


class ControllerWatchRow(models.Model):
    """What was served last as the controller document of a did:web of ours; `same` is whether it is the one kept."""

    did = models.CharField(max_length=300, primary_key=True)
    institution = models.CharField(max_length=64)
    asked_at = models.DateTimeField(null=True)
    seen_sha256 = models.CharField(max_length=64, blank=True)
    same = models.BooleanField(null=True)
    error = models.CharField(max_length=64, blank=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_controller_watch"


class ApiCredentialRow(models.Model):
    """A credential that a system of the institution had signed over the VC API, with its status.

    Without a document it is claimed and not signed yet: the same request goes on with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    credential_id = models.CharField(max_length=300)
    issued_by = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)
    document = models.JSONField(null=True)
    status_entry = models.OneToOneField(StatusEntryRow, on_delete=models.PROTECT)
    issued_at = models.DateTimeField()

    class Meta:
        app_label = "credentials"
        db_table = "credentials_api_credential"
        constraints = [models.UniqueConstraint(fields=["institution", "credential_id"], name="credentials_api_id_once")]
