"""Tables of learning platforms: usernames, who is behind them, connections and what was fetched."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import GOES, MOVES, AtMerge
from linkspan.kernel.reasons import Phrase
from linkspan.kernel.sealed import SealedField


class UsernameRow(models.Model):
    """A username of a learning platform as an institution's files tell it; `by_address` if its address found somebody.

    Whom it is linked with stands in `UsernameLinkRow`.
    """

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "platform_usernames", Phrase("Usernames that learning platforms told"), "told_at", 1095, 90, 3650
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    username = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    by_address = models.BooleanField(default=False)
    told_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_username"
        constraints = [
            models.UniqueConstraint(fields=["institution", "place", "username"], name="courseware_username_once")
        ]


class UsernameLinkRow(models.Model):
    """A person said to be behind a username of a learning platform, and how that was shown."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    username = models.CharField(max_length=200)
    proof = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    by = models.UUIDField(null=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_username_link"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "place", "username"],
                condition=models.Q(state__in=["proposed", "linked"]),
                name="courseware_username_linked_once",
            )
        ]


class UsernameCodeRow(models.Model):
    """A code that was asked for, to show that a username of a learning platform is one's own."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "username_codes", Phrase("Codes that show whose a username is"), "asked_at", 2, 1, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    username = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_username_code"
        indexes = [models.Index(fields=["institution", "place", "username"], name="courseware_code_of_username")]


class PlatformRow(models.Model):
    """An Open edX of an institution, and what is needed to ask it: its host, a client id and a sealed secret."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    client_id = models.CharField(max_length=200)
    secret = SealedField()
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_platform"
        constraints = [models.UniqueConstraint(fields=["institution", "place"], name="courseware_platform_once")]


class FetchRow(models.Model):
    """A run's enrolments and grades, asked of a platform page by page; `cursor` is the page to ask next."""

    id = models.UUIDField(primary_key=True, default=new_id)
    platform = models.ForeignKey(PlatformRow, on_delete=models.CASCADE, related_name="fetches")
    run_id = models.CharField(max_length=255)
    #: Asked for a comparison with the record: certificates and sittings too, and no file is left to be imported.
    compares = models.BooleanField(default=False)
    state = models.CharField(max_length=16)
    part = models.CharField(max_length=16)
    cursor = models.CharField(max_length=2000)
    pages = models.IntegerField(default=0)
    fails = models.IntegerField(default=0)
    #: As `kernel.reasons.stored` writes it.
    problem = models.JSONField(default=list)
    #: By how many seconds the platform's clock was ahead of ours when it was asked last; None where it did not say.
    ahead = models.IntegerField(null=True)
    by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    due = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_fetch"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "run_id"],
                condition=models.Q(state="running"),
                name="courseware_fetch_runs_once",
            )
        ]
        indexes = [models.Index(fields=["state", "due"], name="courseware_fetch_due")]


class FetchedRow(models.Model):
    """What a platform told of a username in a fetch, each part as it was told last; None where it said nothing."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "fetched_grades", Phrase("What learning platforms answered"), "fetch__ended_at", 30, 1, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    fetch = models.ForeignKey(FetchRow, on_delete=models.CASCADE, related_name="rows")
    username = models.CharField(max_length=200)
    enrolment = models.JSONField(null=True)
    grade = models.JSONField(null=True)
    certificate = models.JSONField(null=True)
    #: Sittings of proctored exams, by the platform's number of each.
    sittings = models.JSONField(default=dict)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_fetched"
        constraints = [models.UniqueConstraint(fields=["fetch", "username"], name="courseware_fetched_once")]


class BusMessageRow(models.Model):
    """A message of a platform's event bus, once by its place there; an event is kept once by its id.

    `body` stays while it waits, and with what cannot be read.
    """

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "platform_events", Phrase("Events that learning platforms published"), "received_at", 365, 30, 3650
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    stream = models.CharField(max_length=200)
    number = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=16)
    fields = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    sha256 = models.CharField(max_length=64)
    #: As `kernel.reasons.stored` writes it.
    problem = models.JSONField(default=list)
    event_id = models.CharField(max_length=36, blank=True)
    event_type = models.CharField(max_length=120, blank=True)
    told_at = models.DateTimeField(null=True)
    institution = models.CharField(max_length=64, blank=True)
    run_id = models.CharField(max_length=255, blank=True)
    username = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_bus_message"
        constraints = [
            models.UniqueConstraint(fields=["place", "stream", "number"], name="courseware_bus_message_once"),
            models.UniqueConstraint(
                fields=["place", "event_id"], condition=models.Q(state="kept"), name="courseware_bus_event_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "received_at"], name="courseware_bus_to_do"),
            models.Index(fields=["institution", "run_id", "username"], name="courseware_bus_of_whom"),
        ]
