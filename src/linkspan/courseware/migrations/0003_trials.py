"""Since when a version is taught, what it holds, and trials of courses before they are taught."""

import django.db.models.deletion
import linkspan.kernel.ids
from django.db import migrations, models
from django.db.models import F

STATES = ["waiting", "checking", "tried", "unusable", "taken"]


def taught_since_import(apps, schema_editor):
    apps.get_model("courseware", "CourseVersionRow").objects.update(taught_since=F("imported_at"))


class Migration(migrations.Migration):
    dependencies = [("courseware", "0002_scores")]

    operations = [
        migrations.AddField("courseversionrow", "blocks", models.JSONField(default=dict)),
        migrations.AddField("courseversionrow", "taught_since", models.DateTimeField(null=True)),
        migrations.RunPython(taught_since_import, migrations.RunPython.noop),
        migrations.AlterField("courseversionrow", "taught_since", models.DateTimeField()),
        migrations.CreateModel(
            name="TrialRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("run_id", models.CharField(db_index=True, max_length=255)),
                ("institution", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("archive_sha256", models.CharField(blank=True, max_length=64)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("against", models.CharField(blank=True, max_length=64)),
                ("state", models.CharField(default="waiting", max_length=16)),
                ("done", models.IntegerField(default=0)),
                ("whole", models.IntegerField(default=0)),
                ("report", models.JSONField(null=True)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("taken_by", models.CharField(blank=True, max_length=200)),
                ("taken_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "courseware_trial",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(state__in=STATES), name="courseware_trial_state_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(state="waiting"),
                        fields=["run_id", "archive_sha256", "sha256"],
                        name="courseware_trial_waits_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GradeChangeRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("learner_id", models.UUIDField()),
                ("before", models.IntegerField()),
                ("after", models.IntegerField()),
                ("passed_before", models.BooleanField()),
                ("passed_after", models.BooleanField()),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grades",
                        to="courseware.trialrow",
                    ),
                ),
            ],
            options={
                "db_table": "courseware_grade_change",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["trial", "learner_id"], name="courseware_grade_change_once"
                    )
                ],
            },
        ),
    ]
