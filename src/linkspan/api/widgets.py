"""On which sites an institution's pathways are shown in a frame."""

from collections.abc import Sequence

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries

router = Router()


class SiteIn(Posted):
    """The origin of the site, such as `https://www.example.edu`, and whether it may show them."""

    origin: str = Field(max_length=255)
    shown: bool = True


@router.get("/{institution}", auth=None, operation_id="widget_hosts")
def widget_hosts(request: Request, institution: str) -> Sequence[str]:
    """The origins of those sites; public, since each answer names them."""
    return queries.widget_hosts(institution)


@router.post("/{institution}", operation_id="set_widget_host")
@idempotent
def set_widget_host(request: Request, institution: str, body: SiteIn) -> None:
    """Let a site show the institution's pathways, or no longer."""
    act = actions.add_widget_host if body.shown else actions.remove_widget_host
    act(actor=request.actor, institution=institution, origin=body.origin, now=request.now)
