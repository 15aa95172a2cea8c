"""An attempt stays on a device; moved to another one, several people may have confirmed the identity."""

from django.db import migrations, models


def keep_confirmers(apps, schema_editor):
    rows = apps.get_model("exams", "AttemptRow").objects.filter(identity_confirmed_by_id__isnull=False)
    for row in rows.only("id", "identity_confirmed_by_id").iterator():
        row.identity_confirmers = [str(row.identity_confirmed_by_id)]
        row.save(update_fields=["identity_confirmers"])


class Migration(migrations.Migration):
    dependencies = [("exams", "0011_second_review")]
    operations = [
        migrations.AddField("attemptrow", "device", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("attemptrow", "identity_confirmers", models.JSONField(default=list)),
        migrations.RunPython(keep_confirmers, migrations.RunPython.noop),
        migrations.RemoveField("attemptrow", "identity_confirmed_by_id"),
    ]
