"""Scores as they stand, from the newest attempt of each learner at each problem."""

import linkspan.kernel.ids
from django.db import migrations, models


def from_attempts(apps, schema_editor):
    Attempt, Score = apps.get_model("courseware", "AttemptRow"), apps.get_model("courseware", "ScoreRow")
    newest = {}
    for row in Attempt.objects.order_by("at", "id").iterator(chunk_size=2000):
        newest[row.learner_id, row.run_id, row.usage] = (row.earned, row.possible, row.at)
    Score.objects.bulk_create(
        (
            Score(learner_id=learner, run_id=run, usage=usage, earned=earned, possible=possible, at=at)
            for (learner, run, usage), (earned, possible, at) in newest.items()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("courseware", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ScoreRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("learner_id", models.UUIDField()),
                ("run_id", models.CharField(max_length=255)),
                ("usage", models.CharField(max_length=255)),
                ("earned", models.DecimalField(decimal_places=4, max_digits=12)),
                ("possible", models.DecimalField(decimal_places=4, max_digits=12)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "courseware_score"},
        ),
        migrations.AddConstraint(
            model_name="scorerow",
            constraint=models.UniqueConstraint(
                fields=("learner_id", "run_id", "usage"), name="courseware_score_once"
            ),
        ),
        migrations.RunPython(from_attempts, migrations.RunPython.noop),
    ]
