"""Which format of agreements a partner's server reads."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A partner that has not said is on the first."""

    dependencies = [("pathways", "0007_batch")]

    operations = [migrations.AddField("partnerrow", "format", models.PositiveSmallIntegerField(default=1))]
