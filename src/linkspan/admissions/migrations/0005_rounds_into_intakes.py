"""Each round there is becomes an intake of its own under the same id, so that published ids still replay."""

from django.db import migrations


def into_intakes(apps, schema_editor):
    intakes = apps.get_model("admissions", "IntakeRow")
    for row in apps.get_model("admissions", "RoundRow").objects.all():
        intake = intakes.objects.create(
            id=row.id,
            title=row.title,
            term=row.term,
            coordinator=row.institution,
            seed=row.seed,
            decided_at=row.decided_at,
        )
        row.intake = intake
        row.save(update_fields=["intake"])
    for run in apps.get_model("admissions", "MatchRunRow").objects.all():
        run.intake_id = run.round_id
        run.save(update_fields=["intake"])


class Migration(migrations.Migration):
    dependencies = [("admissions", "0004_intakes")]

    operations = [migrations.RunPython(into_intakes, migrations.RunPython.noop)]
