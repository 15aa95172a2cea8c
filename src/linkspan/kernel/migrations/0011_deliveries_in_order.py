"""The next delivery of a lane is found without sorting what became due at the same moment."""

from django.db import migrations, models

from linkspan.kernel.retries import State


class Migration(migrations.Migration):
    dependencies = [("kernel", "0010_aliasrow")]

    operations = [
        migrations.RemoveIndex(model_name="outboxdelivery", name="kernel_delivery_due"),
        migrations.AddIndex(
            model_name="outboxdelivery",
            index=models.Index(
                fields=["lane", "due", "id"], condition=models.Q(state=State.WAITING), name="kernel_delivery_next"
            ),
        ),
    ]
