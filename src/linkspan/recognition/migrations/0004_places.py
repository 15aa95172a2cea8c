"""One use may give several awards and fill several places; each award names the courses that it used up."""

from collections import Counter
from typing import Any

from django.db import migrations, models


def number_awards(apps: Any, schema_editor: Any) -> None:
    """Number the awards of each application in their order, and name the courses that each used up."""
    seen: Counter[object] = Counter()
    for row in apps.get_model("recognition", "CreditAwardRow").objects.order_by("posted_at", "course").iterator():
        seen[row.application_id] += 1
        row.number, row.courses = seen[row.application_id], row.course.split(" + ")
        row.save(update_fields=["number", "courses"])


class Migration(migrations.Migration):
    """Number, courses, places, and room for long names."""

    dependencies = [("recognition", "0003_degrees_by_catalogue_year")]

    operations = [
        migrations.RemoveConstraint("creditawardrow", "recognition_course_once"),
        migrations.AddField("creditawardrow", "number", models.PositiveSmallIntegerField(default=0), preserve_default=False),
        migrations.AddField("creditawardrow", "courses", models.JSONField(default=list)),
        migrations.AddField("creditawardrow", "places", models.PositiveSmallIntegerField(default=1)),
        migrations.AlterField("creditawardrow", "slot", models.TextField()),
        migrations.AlterField("creditawardrow", "course", models.TextField()),
        migrations.AlterField("creditawardrow", "clause", models.TextField(blank=True, default="")),
        migrations.AlterField("creditawardrow", "credits", models.DecimalField(decimal_places=2, max_digits=12)),
        migrations.RunPython(number_awards, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            "creditawardrow",
            models.UniqueConstraint(fields=["application_id", "number"], name="recognition_award_once"),
        ),
    ]
