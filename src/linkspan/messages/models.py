"""Tables of notices, other mail, and preferences."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import MOVES, AtMerge, one_of
from linkspan.kernel.reasons import Phrase


class NoticeRow(models.Model):
    """One notice; the key makes it once per recipient and event."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("key")
    KEPT_FOR: ClassVar[KeptFor] = KeptFor("notices", Phrase("Notices"), "at", 365, 90, 1095)

    id = models.UUIDField(primary_key=True, default=new_id)
    recipient_id = models.UUIDField()
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    context = models.JSONField(default=dict)
    #: What it is about, as `kernel.things.About` writes it; in rows of before the address of its page.
    about = models.CharField(max_length=255)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    #: Whether it goes by the mail of a day, and by which one.
    daily = models.BooleanField(default=False)
    digest_id = models.UUIDField(null=True, db_index=True)
    #: The wait that it announces, as `Wait.key` writes it, and when that was over.
    wait = models.CharField(max_length=80, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "linkspan_messages"
        db_table = "messages_notice"
        constraints = [models.UniqueConstraint(fields=["recipient_id", "key"], name="messages_once_per_event")]
        indexes = [
            models.Index(
                fields=["wait"], name="messages_of_wait", condition=models.Q(closed_at=None) & ~models.Q(wait="")
            )
        ]


class DigestRow(models.Model):
    """One mail for a day's notices: due, taken up with the notices that it tells, and done."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = MOVES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor("digests", Phrase("That a mail of a day was sent"), "done_at", 30, 1, 365)

    id = models.UUIDField(primary_key=True, default=new_id)
    recipient_id = models.UUIDField(db_index=True)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    #: How many notices it told; none: no mail was sent.
    told = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "linkspan_messages"
        db_table = "messages_digest"
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(taken_at=None), name="messages_digest_due"),
        ]


class MailRow(models.Model):
    """A message that is no notice, such as the code that confirms an address; its text goes once it is sent."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor("mail", Phrase("That a mail was sent"), "mailed_at", 30, 1, 90)

    id = models.UUIDField(primary_key=True, default=new_id)
    to = models.EmailField()
    subject = models.TextField()
    body = models.TextField()
    at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "linkspan_messages"
        db_table = "messages_mail"


class PreferenceRow(models.Model):
    """Who wants e-mail about a topic; an empty topic speaks of all that have no row of their own."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("topic")

    id = models.UUIDField(primary_key=True, default=new_id)
    recipient_id = models.UUIDField()
    topic = models.CharField(max_length=32, blank=True, default="")
    email = models.BooleanField(default=True)
    #: In one mail a day instead of single ones.
    daily = models.BooleanField(default=False)

    class Meta:
        app_label = "linkspan_messages"
        db_table = "messages_preference"
        constraints = [models.UniqueConstraint(fields=["recipient_id", "topic"], name="messages_preference_once")]
