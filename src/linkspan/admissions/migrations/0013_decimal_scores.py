from django.db import migrations, models

import linkspan.admissions.models


class Migration(migrations.Migration):

    dependencies = [
        ("admissions", "0012_engine_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="roundrow",
            name="better",
            field=models.CharField(default="higher", max_length=8),
        ),
        migrations.AlterField(
            model_name="roundrow",
            name="cutoff",
            field=linkspan.admissions.models.ScoreField(decimal_places=3, max_digits=7, null=True),
        ),
        migrations.AlterField(
            model_name="applicationrow",
            name="score",
            field=linkspan.admissions.models.ScoreField(decimal_places=3, max_digits=7, null=True),
        ),
        migrations.AlterField(
            model_name="reviewrow",
            name="score",
            field=linkspan.admissions.models.ScoreField(decimal_places=3, max_digits=7, null=True),
        ),
    ]
