"""An institution says on which sites its pathways may be shown in a frame."""

from datetime import datetime

from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.pathways.models import WidgetHostRow
from linkspan.pathways.rules.agreement.widget import MOST_HOSTS, check_origin, may_place_widget


@transaction.atomic
def add_widget_host(*, actor: Actor, institution: str, origin: str, now: datetime) -> str:
    """Let a site show the institution's pathways; returns the origin in its one spelling. Twice changes nothing."""
    permit(may_place_widget(actor, institution), "place this institution's pathways on a site")
    spelled = check_origin(origin)
    rows = WidgetHostRow.objects.filter(institution=institution)
    if rows.exclude(origin=spelled).count() >= MOST_HOSTS:
        raise Refused("too_many_hosts", "At most {most_hosts} sites. Take one away first.", most_hosts=MOST_HOSTS)
    fields = {"added_by": actor.name, "at": now}
    _, created = WidgetHostRow.objects.get_or_create(institution=institution, origin=spelled, defaults=fields)
    if created:
        subject = f"institutions.institution:{institution}"
        trail.record(actor=actor, verb="add_widget_host", subject=subject, now=now, after={"origin": spelled})
    return spelled


@transaction.atomic
def remove_widget_host(*, actor: Actor, institution: str, origin: str, now: datetime) -> None:
    """No longer let that site show them; a second time changes nothing."""
    permit(may_place_widget(actor, institution), "place this institution's pathways on a site")
    gone, _ = WidgetHostRow.objects.filter(institution=institution, origin=origin).delete()
    if gone:
        subject = f"institutions.institution:{institution}"
        trail.record(actor=actor, verb="remove_widget_host", subject=subject, now=now, before={"origin": origin})
