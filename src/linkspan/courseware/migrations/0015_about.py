"""What staff say of a run to whom may want to study it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("courseware", "0014_events")]

    operations = [
        migrations.CreateModel(
            name="AboutRow",
            fields=[
                ("run_id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("overview", models.TextField(blank=True)),
                ("effort", models.CharField(blank=True, max_length=200)),
                ("staff", models.TextField(blank=True)),
                ("syllabus", models.BooleanField(default=True)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "courseware_about"},
        ),
    ]
