"""What now stands in the intake leaves the round."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("admissions", "0005_rounds_into_intakes")]

    operations = [
        migrations.RemoveConstraint("matchrunrow", "admissions_run_once"),
        migrations.RemoveField("matchrunrow", "round"),
        migrations.RemoveField("roundrow", "seed"),
        migrations.RemoveField("roundrow", "decided_at"),
        *[
            migrations.AlterField(
                model_name=model,
                name="intake",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name=related, to="admissions.intakerow"
                ),
            )
            for model, related in (("roundrow", "rounds"), ("matchrunrow", "runs"))
        ],
        migrations.AddConstraint(
            "matchrunrow", models.UniqueConstraint(fields=["intake", "number"], name="admissions_run_once")
        ),
    ]
