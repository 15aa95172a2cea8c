from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('admissions', '0002_match_runs'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='roundrow',
            name='input',
        ),
        migrations.RemoveField(
            model_name='roundrow',
            name='input_sha256',
        ),
        migrations.RemoveField(
            model_name='roundrow',
            name='output_sha256',
        ),
    ]
