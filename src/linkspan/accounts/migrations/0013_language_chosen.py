"""A language that was chosen is told from none: so far only English was offered, so that nobody chose."""

from django.db import migrations, models


def not_chosen(apps, schema_editor):
    """Nobody has chosen yet."""
    apps.get_model("accounts", "User").objects.filter(locale="en").update(locale="")


class Migration(migrations.Migration):

    dependencies = [("accounts", "0012_person_tokens")]

    operations = [
        migrations.AlterField("user", "locale", models.CharField(blank=True, default="", max_length=16)),
        migrations.RunPython(not_chosen, migrations.RunPython.noop),
    ]
