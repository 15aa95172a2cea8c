"""Versions may ask for Safe Exam Browser; proctors may waive it."""

import django.db.models.deletion
from django.db import migrations, models

import linkspan.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("exams", "0009_blueprints")]
    operations = [
        migrations.AddField("examversionrow", "seb", models.JSONField(null=True)),
        migrations.AddField("examversionrow", "seb_settings", models.JSONField(null=True)),
        migrations.AddField("responserow", "without_seb", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="SebWaiverRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("given_by", models.CharField(max_length=200)),
                ("given_by_id", models.UUIDField(null=True)),
                ("given_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seb_waivers",
                        to="exams.attemptrow",
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seb_waivers",
                        to="exams.sittingrow",
                    ),
                ),
            ],
            options={
                "db_table": "exams_seb_waiver",
                "indexes": [models.Index(fields=["sitting", "ends_at"], name="exams_seb_waiver_of")],
            },
        ),
    ]
