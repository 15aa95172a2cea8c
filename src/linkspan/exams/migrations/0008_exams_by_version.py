import django.db.models.deletion
from django.db import migrations, models

GONE = (
    "title",
    "duration_minutes",
    "pass_percent",
    "attempts_allowed",
    "courses",
    "minimums",
    "bank",
    "draw",
    "grace_seconds",
)


class Migration(migrations.Migration):
    dependencies = [("exams", "0007_first_versions")]

    operations = [
        migrations.AlterField(
            model_name="attemptrow",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="exams.examversionrow"
            ),
        ),
        *(migrations.RemoveField(model_name="examrow", name=name) for name in GONE),
    ]
