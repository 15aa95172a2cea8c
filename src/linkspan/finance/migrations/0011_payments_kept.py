"""Keep the payment of each charge that was paid by invoice, so that it can be taken back like a new one."""

from django.db import migrations

from linkspan.kernel.ids import new_id

BATCH = 1_000


def keep(apps, schema_editor):
    charges, payments = apps.get_model("finance", "ChargeRow"), apps.get_model("finance", "PaymentRow")
    paid = charges.objects.filter(provider="manual", state__in=["paid", "refunded"]).exclude(paid_at=None)
    made = []
    for row in paid.iterator(BATCH):
        if row.minor > row.discount_minor:
            due, reference = row.minor - row.discount_minor, row.provider_reference
            told = {"minor": due, "reference": reference, "key": "receipt", "at": row.paid_at}
            made.append(payments(id=new_id(), charge_id=row.id, **told))
        if len(made) == BATCH:
            payments.objects.bulk_create(made)
            made = []
    payments.objects.bulk_create(made)


class Migration(migrations.Migration):
    dependencies = [("finance", "0010_part_payments")]
    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
