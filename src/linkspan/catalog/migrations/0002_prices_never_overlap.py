"""Of two prices of one thing, the earlier one ends where the later one begins."""

from django.db import migrations, models


def end_where_the_next_begins(apps, schema_editor):
    rows = apps.get_model("catalog", "PriceRow").objects
    before = None
    for row in rows.order_by("subject", "valid_from"):
        if before is not None and before.subject == row.subject:
            if before.valid_to is None or before.valid_to > row.valid_from:
                before.valid_to = row.valid_from
                before.save(update_fields=["valid_to"])
        before = row


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        migrations.RunPython(end_where_the_next_begins, migrations.RunPython.noop),
        migrations.AddConstraint(
            "PriceRow",
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(valid_to=None), name="catalog_one_open_price"
            ),
        ),
        migrations.AddConstraint(
            "PriceRow",
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="catalog_price_ends_after_it_begins",
            ),
        ),
    ]
