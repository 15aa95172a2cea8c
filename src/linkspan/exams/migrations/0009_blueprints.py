"""What is drawn of each group becomes the lines of a blueprint: a group, any difficulty, how many."""

from django.db import migrations, models


def lines_of(apps, schema_editor):
    for version in apps.get_model("exams", "ExamVersionRow").objects.iterator():
        drawn = version.draw.items()
        version.draw = [{"group": group, "difficulty": None, "count": count} for group, count in drawn]
        version.save(update_fields=["draw"])


class Migration(migrations.Migration):
    dependencies = [("exams", "0008_exams_by_version")]
    operations = [
        migrations.AddField(model_name="examversionrow", name="most_drawn", field=models.IntegerField(null=True)),
        migrations.AlterField(model_name="examversionrow", name="draw", field=models.JSONField(default=list)),
        migrations.RunPython(lines_of, migrations.RunPython.noop),
    ]
