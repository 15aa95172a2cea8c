"""Rounds stand in intakes, which are what is matched."""

import django.db.models.deletion
from django.db import migrations, models

import linkspan.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("admissions", "0003_round_without_input")]

    operations = [
        migrations.CreateModel(
            name="IntakeRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False),
                ),
                ("title", models.CharField(max_length=200)),
                ("term", models.CharField(max_length=64)),
                ("coordinator", models.CharField(db_index=True, max_length=64)),
                ("seed", models.BigIntegerField()),
                ("answer_by", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "admissions_intake"},
        ),
        *[
            migrations.AddField(
                model_name=model,
                name="intake",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name=related,
                    to="admissions.intakerow",
                ),
            )
            for model, related in (("roundrow", "rounds"), ("matchrunrow", "runs"))
        ],
        migrations.AddField("roundrow", "ties", models.CharField(default="lottery", max_length=16)),
        migrations.AddField("roundrow", "tie_break", models.JSONField(default=list)),
        migrations.AddField("roundrow", "reserves", models.JSONField(default=list)),
        migrations.AddField("roundrow", "reserve_order", models.CharField(default="reserve_first", max_length=16)),
        migrations.AddField("roundrow", "certified_by", models.CharField(blank=True, default="", max_length=200)),
        migrations.AddField("roundrow", "certified_at", models.DateTimeField(null=True)),
        migrations.AlterField("roundrow", "certified_by", models.CharField(blank=True, max_length=200)),
        migrations.AddField("applicationrow", "rank", models.IntegerField(default=1)),
        migrations.AddField("applicationrow", "place", models.IntegerField(null=True)),
        migrations.AddField("applicationrow", "answer_by", models.DateTimeField(null=True)),
    ]
