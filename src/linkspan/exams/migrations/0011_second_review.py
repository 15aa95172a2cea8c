"""A second review, and each rejection that is lifted."""

import django.db.models.deletion
from django.db import migrations, models

import linkspan.kernel.ids


def lifts_of_appeals(apps, schema_editor):
    """Appeals that were upheld lifted a rejection; its words were exchanged then, and are known no more."""
    appeals, lifts = apps.get_model("exams", "AppealRow"), apps.get_model("exams", "LiftRow")
    for appeal in appeals.objects.filter(state="upheld", decided_at__isnull=False).select_related("attempt").iterator():
        lifts.objects.create(
            learner_id=appeal.learner_id,
            attempt=appeal.attempt,
            rejected_by=appeal.attempt.reviewed_by,
            rejection="",
            lifted_by=appeal.decided_by,
            at=appeal.decided_at,
            reason=appeal.reason,
        )


class Migration(migrations.Migration):
    dependencies = [("exams", "0010_safe_exam_browser")]
    operations = [
        migrations.AddField("attemptrow", "second_review_by", models.CharField(blank=True, default="", max_length=200)),
        migrations.AddField("attemptrow", "second_review_by_id", models.UUIDField(null=True)),
        migrations.AddField("attemptrow", "second_review_reason", models.TextField(blank=True, default="")),
        migrations.CreateModel(
            name="LiftRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("learner_id", models.UUIDField()),
                ("rejected_by", models.CharField(max_length=200)),
                ("rejection", models.TextField()),
                ("lifted_by", models.CharField(max_length=200)),
                ("lifted_by_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("reason", models.TextField()),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lifts", to="exams.attemptrow"
                    ),
                ),
            ],
            options={"db_table": "exams_lift"},
        ),
        migrations.RunPython(lifts_of_appeals, migrations.RunPython.noop),
    ]
