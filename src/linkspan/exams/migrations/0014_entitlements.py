"""What a payment for an exam gives is set by program and day."""

import linkspan.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0013_bookings'),
    ]

    operations = [
        migrations.CreateModel(
            name='EntitlementRow',
            fields=[
                ('id', models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('institution', models.CharField(max_length=64)),
                ('program_key', models.CharField(max_length=128)),
                ('valid_from', models.DateField()),
                ('attempts', models.IntegerField(null=True)),
                ('cool_off_days', models.IntegerField(default=0)),
                ('set_by', models.CharField(max_length=200)),
            ],
            options={
                'db_table': 'exams_entitlement',
                'constraints': [models.UniqueConstraint(fields=('program_key', 'valid_from'), name='exams_entitlement_once')],
            },
        ),
    ]
