from django.db import migrations, models


def name_keys(apps, schema_editor):
    for row in apps.get_model("institutions", "SigningKeyRow").objects.all():
        row.multibase = row.did.removeprefix("did:key:")
        row.save(update_fields=["multibase"])


class Migration(migrations.Migration):
    dependencies = [("institutions", "0001_initial")]

    operations = [
        migrations.RenameField("signingkeyrow", "seed_document", "secret"),
        migrations.AlterField("signingkeyrow", "secret", models.CharField(max_length=300)),
        migrations.AlterField("signingkeyrow", "did", models.CharField(db_index=True, max_length=300)),
        migrations.AddField("signingkeyrow", "multibase", models.CharField(max_length=200, null=True)),
        migrations.AddField("signingkeyrow", "custody", models.CharField(default="file", max_length=16)),
        migrations.AddField("signingkeyrow", "compromised_at", models.DateTimeField(null=True)),
        migrations.RunPython(name_keys, migrations.RunPython.noop),
        migrations.AlterField("signingkeyrow", "multibase", models.CharField(max_length=200, unique=True)),
    ]
