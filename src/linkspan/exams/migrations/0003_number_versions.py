"""Number the answers that were saved before versions: of each item, in the order in which they counted."""

from collections import Counter

from django.db import migrations


def number(apps, schema_editor):
    rows = apps.get_model("exams", "ResponseRow").objects
    last = Counter()
    numbered = []
    for row in rows.filter(version=None).order_by("attempt_id", "at", "id").iterator():
        last[row.attempt_id, row.item] += 1
        row.version = last[row.attempt_id, row.item]
        numbered.append(row)
    rows.bulk_update(numbered, ["version"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("exams", "0002_saved_answers")]
    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
