"""Who looks after an agreement, and until when the partner is asked to answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nobody is named and no day is asked for in what there is."""

    dependencies = [("pathways", "0008_partner_format")]

    operations = [
        migrations.AddField("agreementdraftrow", "keeper_id", models.UUIDField(null=True)),
        migrations.AddField("agreementdraftrow", "reply_by", models.DateField(null=True)),
        migrations.AddField("agreementversionrow", "keeper_id", models.UUIDField(null=True)),
        migrations.AddField("agreementversionrow", "reply_by", models.DateField(null=True)),
    ]
