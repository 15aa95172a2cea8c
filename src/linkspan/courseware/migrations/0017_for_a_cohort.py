"""Threads and announcements for one cohort."""

import django.db.models.deletion
from django.db import migrations, models


def cohort() -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="courseware.cohortrow"
    )


class Migration(migrations.Migration):

    dependencies = [("courseware", "0016_rehearsals")]

    operations = [
        migrations.AddField(model_name="announcementrow", name="cohort", field=cohort()),
        migrations.AddField(model_name="threadrow", name="cohort", field=cohort()),
    ]
