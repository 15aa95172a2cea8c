"""What holds for every delivery, and how the next one is found."""

from django.db import migrations, models
from django.db.models import Q

STATES = ["waiting", "done", "dead", "dropped"]
LANES = ["fast", "mail", "partner", "heavy"]
DONE = Q(state="done", delivered_at__isnull=False)
NOT_DONE = ~Q(state="done") & Q(delivered_at=None)


def rule(name, condition):
    return migrations.AddConstraint("outboxdelivery", models.CheckConstraint(condition=condition, name=name))


def index(name, fields, condition):
    return migrations.AddIndex("outboxdelivery", models.Index(condition=condition, fields=fields, name=name))


class Migration(migrations.Migration):

    dependencies = [("kernel", "0003_delivery_rows")]

    operations = [
        migrations.AlterField("outboxdelivery", "due", models.DateTimeField()),
        migrations.RemoveIndex("outboxdelivery", "kernel_delivery_pending"),
        index("kernel_delivery_due", ["lane", "due"], Q(state="waiting")),
        index("kernel_delivery_dead", ["state"], Q(state__in=["dead", "dropped"])),
        rule("kernel_delivery_state_known", Q(state__in=STATES)),
        rule("kernel_delivery_lane_known", Q(lane__in=LANES)),
        rule("kernel_delivery_done_when", DONE | NOT_DONE),
    ]
