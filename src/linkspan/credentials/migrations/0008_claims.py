"""What is decided and not signed yet."""

import django.db.models.deletion
import linkspan.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('credentials', '0007_what_decides'),
    ]

    operations = [
        migrations.AlterField(
            model_name='apicredentialrow',
            name='document',
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name='ClaimRow',
            fields=[
                ('id', models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('batch', models.UUIDField(db_index=True)),
                ('learner_id', models.UUIDField()),
                ('institution', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=16)),
                ('achievement_key', models.CharField(max_length=255)),
                ('title', models.CharField(max_length=200)),
                ('draft', models.JSONField()),
                ('actor_id', models.UUIDField(null=True)),
                ('actor_name', models.CharField(max_length=200)),
                ('by_system', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('status_entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='credentials.statusentryrow')),
            ],
            options={
                'db_table': 'credentials_claim',
            },
        ),
        migrations.AddField(
            model_name='awardrow',
            name='claim',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='award', to='credentials.claimrow'),
        ),
        migrations.AddConstraint(
            model_name='claimrow',
            constraint=models.UniqueConstraint(fields=('learner_id', 'kind', 'achievement_key'), name='credentials_claimed_once_at_a_time'),
        ),
    ]
