"""Deliveries get a state, a lane and a time when they are due; events get the name of their domain."""

from collections import defaultdict

import django.db.models
from django.db import migrations, models
from django.db.models import F

from linkspan.kernel.retries import Lane, State

#: What each event of version 0.1 is called on the wire; two of them had one name.
OWNERS = {
    "accounts": ("ConsentSigned", "ConsentRevoked", "IdentityChecked"),
    "admissions": (
        "ApplicationSubmitted",
        "ApplicationDecided",
        "OfferAccepted",
        "LearnerJoined",
        "WaiverDecided",
        "LetterAsked",
        "LetterReceived",
    ),
    "courseware": ("ProblemGraded",),
    "credentials": (
        "AwardPrepared",
        "CredentialIssued",
        "CredentialRevoked",
        "CredentialSuspended",
        "CredentialReinstated",
        "ControllerChanged",
        "ControllerForged",
    ),
    "enrolment": ("LearnerEnrolled", "TrackChanged", "VerifiedTrackClosed", "LearnerWithdrew"),
    "exams": ("LearnerCheckedIn", "ExamSubmitted", "LateAnswersCame", "AccommodationDecided", "ExamResultReleased"),
    "finance": ("ChargePaid", "ChargeClosed", "PaymentReported", "RefundDue", "NeedDecided"),
    "institutions": ("InstitutionJoined",),
    "messages": ("NoticeWritten",),
    "pathways": (
        "AgreementMoved",
        "AgreementSent",
        "AgreementApproved",
        "ApprovalWithdrawn",
        "AgreementCommented",
        "HoldReleased",
    ),
    "recognition": ("CaseOpened", "CreditReversed"),
    "records": ("FactRecorded", "EvidenceChecked"),
}
#: The two names that were of two domains: the field that only that domain's event has.
TWICE = {"exams": "attempt_id", "admissions": "application_id"}
OF_TWO = ("AppealFiled", "AppealDecided")
MISSENT = "It was addressed to the wrong domain: two events had one name."
LANES = {
    "messages.on_notice_written": Lane.MAIL,
    "admissions.on_letter_asked": Lane.MAIL,
    "finance.on_refund_due": Lane.PARTNER,
}


def carry_over(apps, schema_editor):
    """Give every row of before its state, lane and time."""
    deliveries = apps.get_model("kernel", "OutboxDelivery").objects
    at = apps.get_model("kernel", "OutboxMessage").objects.filter(id=django.db.models.OuterRef("message_id"))
    deliveries.update(due=django.db.models.Subquery(at.values("at")[:1]))
    deliveries.exclude(delivered_at=None).update(state=State.DONE)
    deliveries.filter(delivered_at=None, tries__gte=8).update(state=State.DEAD)
    for subscriber, lane in LANES.items():
        deliveries.filter(subscriber=subscriber).update(lane=lane)


def name_owners(apps, schema_editor):
    """Put the owner's name before the event's; what was addressed to the other owner is set aside, with the reason."""
    message_model = apps.get_model("kernel", "OutboxMessage")
    for domain, names in OWNERS.items():
        for name in names:
            message_model.objects.filter(event=name).update(event=f"{domain}.{name}")
    owned = defaultdict(list)
    for message in message_model.objects.filter(event__in=OF_TWO).iterator():
        owner = next(domain for domain, field in TWICE.items() if field in message.payload)
        owned[f"{owner}.{message.event}"].append(message.id)
    for event, ids in owned.items():
        owner = event.partition(".")[0]
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            message_model.objects.filter(id__in=some).update(event=event)
            missent = apps.get_model("kernel", "OutboxDelivery").objects.filter(message_id__in=some)
            missent = missent.exclude(subscriber__startswith=f"{owner}.").exclude(state=State.DONE)
            missent.update(state=State.DROPPED, why=MISSENT)


def forget_owners(apps, schema_editor):
    """Take the owner's name away again."""
    message_model = apps.get_model("kernel", "OutboxMessage")
    for message in message_model.objects.filter(event__contains=".").iterator():
        message_model.objects.filter(id=message.id).update(event=message.event.partition(".")[2])
    deliveries = apps.get_model("kernel", "OutboxDelivery").objects
    deliveries.filter(state=State.DEAD).update(tries=8)
    deliveries.filter(state=State.DROPPED).update(delivered_at=F("due"))


class Migration(migrations.Migration):

    dependencies = [("kernel", "0002_heartbeat")]

    operations = [
        migrations.AddField("outboxdelivery", "lane", models.CharField(default=Lane.FAST, max_length=16)),
        migrations.AddField("outboxdelivery", "state", models.CharField(default=State.WAITING, max_length=16)),
        migrations.AddField("outboxdelivery", "due", models.DateTimeField(null=True)),
        migrations.AddField("outboxdelivery", "lease_until", models.DateTimeField(null=True)),
        migrations.AddField("outboxdelivery", "why", models.TextField(blank=True, default="")),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunPython(name_owners, forget_owners),
    ]
