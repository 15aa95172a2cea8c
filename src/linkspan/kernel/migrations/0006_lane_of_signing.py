"""What is signed waits for signers alone."""

from django.db import migrations, models
from django.db.models import Q

NAME = "kernel_delivery_lane_known"
LANES = ["fast", "mail", "partner", "signing", "heavy"]


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_job_failure")]
    operations = [
        migrations.RemoveConstraint("outboxdelivery", NAME),
        migrations.AddConstraint(
            "outboxdelivery", models.CheckConstraint(condition=Q(lane__in=LANES), name=NAME)
        ),
    ]
