"""An institution as an entity of federations: a registrar says who stands above it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from linkspan.institutions.models import FederationRow
from linkspan.institutions.queries.registry import institution as school
from linkspan.institutions.rules.trust import may_decide_trust
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable, permit
from linkspan.vc.federation import is_address

MOST_SUPERIORS = 10


@transaction.atomic
def set_superiors(*, actor: Actor, institution: str, addresses: Sequence[str], now: datetime) -> None:
    """The entities above the institution (`authority_hints`), in place of those before; none is allowed."""
    permit(may_decide_trust(actor, institution), "decide in which federations this institution stands")
    school(institution)
    told = list(dict.fromkeys(address.strip() for address in addresses if address.strip()))
    if len(told) > MOST_SUPERIORS:
        raise Unusable("superiors_many", "Name at most {most} federations above you.", most=MOST_SUPERIORS)
    if not all(is_address(address) for address in told):
        raise Unusable("superiors_unusable", "Enter a web address in each line. It begins with https://.")
    row, _ = FederationRow.objects.select_for_update().get_or_create(
        institution=institution, defaults={"decided_by": actor.name, "decided_at": now}
    )
    before = row.superiors
    row.superiors, row.decided_by, row.decided_at = told, actor.name, now
    row.save(update_fields=["superiors", "decided_by", "decided_at"])
    subject = f"institutions.institution:{institution}"
    told_before, told_after = {"superiors": before}, {"superiors": told}
    audit.record(actor=actor, verb="set_superiors", subject=subject, now=now, before=told_before, after=told_after)
