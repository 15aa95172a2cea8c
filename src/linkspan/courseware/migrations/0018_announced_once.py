from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courseware", "0017_for_a_cohort"),
    ]

    operations = [
        migrations.AddField(
            model_name="announcementrow",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
    ]
