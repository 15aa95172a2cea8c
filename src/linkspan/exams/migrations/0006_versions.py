import django.db.models.deletion
from django.db import migrations, models

import linkspan.kernel.ids


class Migration(migrations.Migration):
    """Versions of exams. The next migration fills them, the one after takes the old columns away."""

    dependencies = [("exams", "0005_accommodations_kept")]

    operations = [
        migrations.CreateModel(
            name="ExamVersionRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("title", models.CharField(max_length=200)),
                ("duration_minutes", models.IntegerField()),
                ("pass_percent", models.DecimalField(decimal_places=2, max_digits=5)),
                ("attempts_allowed", models.IntegerField()),
                ("courses", models.JSONField(default=list)),
                ("minimums", models.JSONField(default=dict)),
                ("bank", models.JSONField(default=list)),
                ("draw", models.JSONField(default=dict)),
                ("grace_seconds", models.IntegerField(default=30)),
                ("made_by", models.CharField(max_length=200)),
                ("makers", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(null=True)),
                ("published_by", models.CharField(blank=True, max_length=200)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "exam",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="exams.examrow"
                    ),
                ),
            ],
            options={"db_table": "exams_version"},
        ),
        migrations.AddConstraint(
            model_name="examversionrow",
            constraint=models.UniqueConstraint(fields=("exam", "number"), name="exams_version_once"),
        ),
        migrations.AddConstraint(
            model_name="examversionrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("published_at__isnull", True)), fields=("exam",), name="exams_one_draft"
            ),
        ),
        migrations.CreateModel(
            name="ExamPolicyRow",
            fields=[
                ("institution", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("second_person", models.BooleanField()),
            ],
            options={"db_table": "exams_policy"},
        ),
        migrations.AddField(
            model_name="examrow",
            name="in_force",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="exams.examversionrow",
            ),
        ),
        migrations.AddField(
            model_name="attemptrow",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="exams.examversionrow",
            ),
        ),
        migrations.AddField(
            model_name="sittingrow", name="cancelled_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(model_name="sittingrow", name="cancel_reason", field=models.TextField(blank=True)),
    ]
