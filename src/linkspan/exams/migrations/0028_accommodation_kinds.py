"""Accommodations of every kind: what was asked for and granted before was extra time in percent, and stays so."""

from django.db import migrations, models
from django.db.models import F

RUNNING = ("started", "paused", "error")
OPEN = models.Q(state__in=["requested", "proposed"])


def tell_what_was_granted(apps, schema_editor):
    rows, attempts = (apps.get_model("exams", f"{name}Row").objects for name in ("Accommodation", "Attempt"))
    rows.filter(state="approved").update(granted_amount=F("amount"))
    # Of attempts that run: as much of their end as the newest decision gave them.
    for attempt in attempts.filter(state__in=RUNNING).select_related("version", "sitting"):
        decided = rows.filter(learner_id=attempt.learner_id, exam_id=attempt.sitting.exam_id, decided_at__isnull=False)
        decided = decided.exclude(asks_more=True, state="refused").order_by("-decided_at", "-requested_at")
        newest = decided.first()
        if newest is not None and newest.state == "approved":
            attempt.extra_seconds = -(-attempt.version.duration_minutes * 60 * newest.amount // 100)
            attempt.save(update_fields=["extra_seconds"])


def nothing(apps, schema_editor):
    """The fields go away again."""


class Migration(migrations.Migration):
    dependencies = [("exams", "0027_asks_more")]

    operations = [
        migrations.RenameField("accommodationrow", "extra_percent", "amount"),
        migrations.AlterField("accommodationrow", "amount", models.IntegerField(default=0)),
        migrations.AddField("accommodationrow", "kind", models.CharField(default="percent", max_length=16)),
        migrations.AddField("accommodationrow", "times", models.IntegerField(default=0)),
        migrations.AddField(
            "accommodationrow", "words", models.CharField(blank=True, default="", max_length=300)
        ),
        migrations.AddField("accommodationrow", "granted_amount", models.IntegerField(null=True)),
        migrations.AddField("accommodationrow", "granted_times", models.IntegerField(null=True)),
        migrations.AddField("accommodationrow", "last_day", models.DateField(null=True)),
        migrations.AddField(
            "accommodationrow", "proposed_by", models.CharField(blank=True, default="", max_length=200)
        ),
        migrations.AddField("accommodationrow", "proposed_by_id", models.UUIDField(null=True)),
        migrations.AddField("attemptrow", "break_ends_at", models.DateTimeField(null=True)),
        migrations.AddField("attemptrow", "breaks", models.JSONField(default=list)),
        migrations.AddField("attemptrow", "extra_seconds", models.IntegerField(default=0)),
        migrations.AddField("attemptrow", "break_minutes", models.IntegerField(default=0)),
        migrations.AddField("attemptrow", "break_times", models.IntegerField(default=0)),
        migrations.RemoveConstraint("accommodationrow", "exams_one_open_accommodation"),
        migrations.AddConstraint(
            "accommodationrow",
            models.UniqueConstraint(
                condition=OPEN, fields=("learner_id", "exam", "kind"), name="exams_one_open_of_a_kind"
            ),
        ),
        migrations.RunPython(tell_what_was_granted, nothing),
    ]
