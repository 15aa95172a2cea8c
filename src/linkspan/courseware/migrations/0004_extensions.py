"""Later due dates for single learners."""

import linkspan.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courseware", "0003_trials")]

    operations = [
        migrations.CreateModel(
            name="ExtensionRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("learner_id", models.UUIDField()),
                ("run_id", models.CharField(max_length=255)),
                ("usage", models.CharField(max_length=255)),
                ("due", models.DateTimeField()),
                ("reason", models.CharField(max_length=1000)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "courseware_extension",
                "indexes": [models.Index(fields=["run_id", "at"], name="courseware_extension_of_run")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["learner_id", "run_id", "usage"], name="courseware_extension_once"
                    )
                ],
            },
        ),
    ]
