"""Sittings offer times; learners book them, or wait for a seat."""

import django.db.models.deletion
import linkspan.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0012_other_device'),
    ]

    operations = [
        migrations.AddField(
            model_name='sittingrow',
            name='by_appointment',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='sittingrow',
            name='change_hours',
            field=models.IntegerField(default=24),
        ),
        migrations.AddField(
            model_name='sittingrow',
            name='early_minutes',
            field=models.IntegerField(default=15),
        ),
        migrations.AddField(
            model_name='sittingrow',
            name='late_minutes',
            field=models.IntegerField(default=15),
        ),
        migrations.CreateModel(
            name='AppointmentRow',
            fields=[
                ('id', models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('starts_at', models.DateTimeField()),
                ('seats', models.IntegerField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('cancel_reason', models.TextField(blank=True)),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='exams.sittingrow')),
            ],
            options={
                'db_table': 'exams_appointment',
            },
        ),
        migrations.CreateModel(
            name='BookingRow',
            fields=[
                ('id', models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('learner_id', models.UUIDField()),
                ('seat', models.IntegerField()),
                ('state', models.CharField(max_length=16)),
                ('changes', models.IntegerField(default=0)),
                ('reminders', models.IntegerField(default=0)),
                ('booked_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='exams.appointmentrow')),
                ('exam', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='exams.examrow')),
            ],
            options={
                'db_table': 'exams_booking',
            },
        ),
        migrations.CreateModel(
            name='WaitingRow',
            fields=[
                ('id', models.UUIDField(default=linkspan.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('learner_id', models.UUIDField()),
                ('since', models.DateTimeField()),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='exams.appointmentrow')),
                ('exam', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='exams.examrow')),
            ],
            options={
                'db_table': 'exams_waiting',
            },
        ),
        migrations.AddConstraint(
            model_name='appointmentrow',
            constraint=models.UniqueConstraint(fields=('sitting', 'starts_at'), name='exams_appointment_once'),
        ),
        migrations.AddIndex(
            model_name='bookingrow',
            index=models.Index(fields=['learner_id', 'exam'], name='exams_booking_of'),
        ),
        migrations.AddConstraint(
            model_name='bookingrow',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'booked')), fields=('learner_id', 'exam'), name='exams_one_booking'),
        ),
        migrations.AddConstraint(
            model_name='bookingrow',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'booked')), fields=('appointment', 'seat'), name='exams_seat_once'),
        ),
        migrations.AddIndex(
            model_name='waitingrow',
            index=models.Index(fields=['appointment', 'since'], name='exams_waiting_order'),
        ),
        migrations.AddConstraint(
            model_name='waitingrow',
            constraint=models.UniqueConstraint(fields=('learner_id', 'exam'), name='exams_waits_once'),
        ),
    ]
