"""Who wants to be told when a course takes enrolments."""

import linkspan.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("enrolment", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="WishRow",
            fields=[
                ("id", models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ("learner_id", models.UUIDField()),
                ("course_key", models.CharField(db_index=True, max_length=128)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "enrolment_wish",
                "constraints": [
                    models.UniqueConstraint(fields=("learner_id", "course_key"), name="enrolment_wish_once")
                ],
            },
        ),
    ]
