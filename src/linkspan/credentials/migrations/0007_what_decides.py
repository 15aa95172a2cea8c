"""A revoked credential stands in the way of another one; where one was issued after it, that decision came later."""

from django.db import migrations, models

REPLACED = "Issued again before a revocation stood in the way."


def lift_what_was_decided_later(apps, schema_editor):
    rows = apps.get_model("credentials", "CredentialRow").objects
    newest = {}
    for row in rows.filter(state__in=["active", "suspended", "revoked"]).order_by("awarded_at", "id").iterator():
        key = (row.learner_id, row.kind, row.achievement_key)
        before = newest.get(key)
        if before is not None and before.state != "revoked":
            _lift(row, row.state_changed_at or row.awarded_at)
            continue
        if before is not None:
            _lift(before, row.awarded_at)
        newest[key] = row
    reversed_credit = rows.filter(kind="transcript", state="revoked", state_reason__startswith="Credit in it was")
    for row in reversed_credit.filter(lifted_at=None):
        _lift(row, row.state_changed_at or row.awarded_at)


def _lift(row, at):
    row.lifted_at, row.lifted_by, row.lift_reason = at, "Linkspan", REPLACED
    row.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])


def end_awards_whose_ground_went(apps, schema_editor):
    rows = apps.get_model("credentials", "AwardRow").objects.filter(state="refused")
    rows.filter(reason__startswith="The program is not complete any more:").update(state="ended")


class Migration(migrations.Migration):
    dependencies = [("credentials", "0006_controllers")]
    operations = [
        migrations.AddField("CredentialRow", "lifted_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "CredentialRow", "lifted_by", models.CharField(blank=True, default="", max_length=200), False
        ),
        migrations.AddField("CredentialRow", "lift_reason", models.TextField(blank=True, default=""), False),
        migrations.RunPython(lift_what_was_decided_later, migrations.RunPython.noop),
        migrations.RunPython(end_awards_whose_ground_went, migrations.RunPython.noop),
        migrations.RemoveConstraint("CredentialRow", "credentials_one_standing"),
        migrations.AddConstraint(
            "CredentialRow",
            models.UniqueConstraint(
                fields=["learner_id", "kind", "achievement_key"],
                condition=models.Q(state__in=["active", "suspended"]) | models.Q(state="revoked", lifted_at=None),
                name="credentials_one_decides",
            ),
        ),
    ]
