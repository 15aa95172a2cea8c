"""One account for an address, however it is written. Of two that differ in case the older keeps the address.

The other one is kept with all that is its own, under an address that nobody receives, and is named in the output: an
operator sets right whose it is.
"""

import sys

from django.db import migrations, models
from django.db.models.functions import Lower


def one_form(apps, schema_editor):
    users, held = apps.get_model("accounts", "User"), set()
    for user in users.objects.order_by("date_joined", "id").iterator():
        found = user.email.strip().lower()
        if found in held:
            sys.stderr.write(f"Account {user.id} has the address {found} of an older account. It was set aside.\n")
            found = f"{user.id}@clash.invalid"
        held.add(found)
        if found != user.email:
            users.objects.filter(id=user.id).update(email=found)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sign_in_anew")]
    operations = [
        migrations.RunPython(one_form, migrations.RunPython.noop),
        migrations.AddConstraint("user", models.UniqueConstraint(Lower("email"), name="accounts_address_once")),
    ]
