from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models


def name_issuers(apps, schema_editor):
    lists = apps.get_model("credentials", "StatusListRow")
    credentials = apps.get_model("credentials", "CredentialRow")
    for row in lists.objects.all():
        issued = credentials.objects.filter(status_entry__status_list=row).order_by("awarded_at")
        if issued.exists():
            row.issuer, row.changed_at = issued[0].document["issuer"]["id"], issued[0].awarded_at
            row.taken = issued.count()
            row.save()


class Migration(migrations.Migration):
    dependencies = [("credentials", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("statuslistrow", "credentials_one_list_per_purpose"),
        migrations.RemoveField("statuslistrow", "purpose"),
        migrations.AddField("statuslistrow", "issuer", models.CharField(max_length=300, default=""), preserve_default=False),
        migrations.AddField("statuslistrow", "taken", models.IntegerField(default=0)),
        migrations.AddField("statuslistrow", "version", models.IntegerField(default=0)),
        migrations.AddField(
            "statuslistrow", "changed_at", models.DateTimeField(default=datetime(2018, 1, 1, tzinfo=UTC)), preserve_default=False
        ),
        migrations.AddIndex(
            "statuslistrow", models.Index(fields=["issuer", "taken"], name="credentials_list_of_issuer")
        ),
        migrations.RenameField("statusentryrow", "is_set", "revoked"),
        migrations.AddField("statusentryrow", "suspended", models.BooleanField(default=False)),
        migrations.AddField("statusentryrow", "superseded", models.BooleanField(default=False)),
        migrations.RemoveConstraint("credentialrow", "credentials_one_active_per_program"),
        migrations.RenameField("credentialrow", "program_key", "achievement_key"),
        migrations.AlterField("credentialrow", "achievement_key", models.CharField(max_length=255)),
        migrations.RenameField("credentialrow", "program_title", "title"),
        migrations.RenameField("credentialrow", "revoked_at", "state_changed_at"),
        migrations.RenameField("credentialrow", "revoked_reason", "state_reason"),
        migrations.AddField("credentialrow", "kind", models.CharField(default="program", max_length=16)),
        migrations.AddField("credentialrow", "basis", models.CharField(blank=True, max_length=255, default=""), preserve_default=False),
        migrations.AddField("credentialrow", "results", models.JSONField(default=list)),
        migrations.AddField(
            "credentialrow",
            "superseded_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="credentials.credentialrow",
            ),
        ),
        migrations.AddConstraint(
            "credentialrow",
            models.UniqueConstraint(
                condition=models.Q(state__in=["active", "suspended"]),
                fields=("learner_id", "kind", "achievement_key"),
                name="credentials_one_standing",
            ),
        ),
        migrations.RunPython(name_issuers, migrations.RunPython.noop),
    ]
