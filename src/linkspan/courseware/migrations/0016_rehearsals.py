"""What staff try in previews."""

import linkspan.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("courseware", "0015_about")]

    operations = [
        migrations.CreateModel(
            name="RehearsalRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("actor_id", models.UUIDField()),
                ("run_id", models.CharField(max_length=255)),
                ("eyes", models.CharField(max_length=64)),
                ("mine", models.JSONField(default=dict)),
                ("shared", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "courseware_rehearsal",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("actor_id", "run_id", "eyes"), name="courseware_rehearsal_once"
                    )
                ],
            },
        ),
    ]
