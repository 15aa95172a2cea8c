"""Proctoring services of institutions."""

from django.db import migrations, models

import linkspan.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("exams", "0014_entitlements")]
    operations = [
        migrations.CreateModel(
            "ServiceRow",
            [
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("institution", models.CharField(db_index=True, max_length=64)),
                ("name", models.CharField(max_length=100)),
                ("base_url", models.CharField(max_length=500)),
                ("client_id", models.CharField(max_length=190)),
                ("secret", models.TextField()),
                ("callback_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("offering", models.JSONField(default=dict)),
                ("is_enabled", models.BooleanField(default=False)),
                ("added_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
            ],
            {
                "db_table": "exams_service",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("institution", "base_url", "client_id"), name="exams_service_once"
                    )
                ],
            },
        ),
    ]
