from django.db import migrations, models


def tell_when_paid(apps, schema_editor):
    """The time of the payment, from the entry that posted it."""
    charges, entries = apps.get_model("finance", "ChargeRow"), apps.get_model("finance", "JournalEntryRow")
    for row in charges.objects.filter(state__in=["paid", "refunded"]).only("id").iterator():
        entry = entries.objects.filter(reference=f"payment:{row.id}").first()
        if entry is not None:
            charges.objects.filter(id=row.id).update(paid_at=entry.at)


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0004_rate_versions"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayeeRow",
            fields=[
                ("institution", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=140)),
                ("address", models.TextField(blank=True)),
                ("account", models.CharField(blank=True, max_length=140)),
                ("bank", models.CharField(blank=True, max_length=140)),
                ("instructions", models.TextField(blank=True)),
                ("days_to_pay", models.IntegerField()),
                ("second_person", models.BooleanField()),
            ],
            options={"db_table": "finance_payee"},
        ),
        migrations.AddField(
            model_name="chargerow",
            name="paid_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="chargerow",
            index=models.Index(fields=["institution", "at"], name="finance_charge_of_institution"),
        ),
        migrations.RunPython(tell_when_paid, migrations.RunPython.noop),
    ]
