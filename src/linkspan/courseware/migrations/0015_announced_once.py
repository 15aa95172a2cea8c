from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courseware", "0014_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="announcementrow",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
    ]
