from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exams", "0003_number_versions")]

    operations = [
        migrations.AddField(
            model_name="attemptrow", name="paused_at", field=models.DateTimeField(null=True)
        ),
    ]
