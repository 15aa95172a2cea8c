from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exams", "0016_watching")]

    operations = [
        migrations.CreateModel(
            name="PictureRow",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
            ],
            options={"db_table": "exams_picture"},
        ),
        migrations.AddField(model_name="attemptrow", name="shares", field=models.JSONField(default=dict)),
    ]
