import django.db.models.deletion
from django.db import migrations, models

import linkspan.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("exams", "0017_item_kinds")]

    operations = [
        migrations.AddField("attemptrow", "to_mark", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="MarkRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("learner_id", models.UUIDField()),
                ("item", models.CharField(max_length=128)),
                ("version", models.IntegerField()),
                ("number", models.IntegerField()),
                ("marker_id", models.UUIDField()),
                ("assigned_at", models.DateTimeField()),
                ("points", models.JSONField(null=True)),
                ("comment", models.TextField(blank=True)),
                ("marked_by", models.CharField(blank=True, max_length=200)),
                ("marked_at", models.DateTimeField(null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="exams.attemptrow"
                    ),
                ),
            ],
            options={
                "db_table": "exams_mark",
                "indexes": [
                    models.Index(
                        condition=models.Q(("marked_at", None)),
                        fields=["marker_id", "assigned_at"],
                        name="exams_mark_waits",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("attempt", "item", "version", "marker_id"), name="exams_mark_once"
                    ),
                    models.UniqueConstraint(fields=("attempt", "item", "version", "number"), name="exams_mark_number"),
                ],
            },
        ),
    ]
