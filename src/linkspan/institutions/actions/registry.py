"""Actions on institutions."""

from datetime import datetime

from django.db import transaction

from linkspan.institutions.models import InstitutionRow
from linkspan.institutions.rules import may_manage_institution
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


@transaction.atomic
def register_institution(
    *, actor: Actor, code: str, name: str, country: str, time_zone: str, url: str, aliases: list[str], now: datetime
) -> None:
    """Enter an institution; entering the same code again changes nothing."""
    permit(may_manage_institution(actor, code), "register an institution")
    fields = {"name": name, "country": country, "time_zone": time_zone, "url": url, "aliases": aliases}
    _, created = InstitutionRow.objects.get_or_create(code=code, defaults=fields)
    if created:
        subject = f"institutions.institution:{code}"
        audit.record(actor=actor, verb="register_institution", subject=subject, now=now, after=fields)
