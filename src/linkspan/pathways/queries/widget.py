"""Where an institution's pathways are shown."""

from linkspan.kernel.readers import public
from linkspan.pathways.models import WidgetHostRow


@public
def widget_hosts(institution: str) -> tuple[str, ...]:
    """The origins that may show the institution's pathways in a frame; public: each answer's header names them."""
    return tuple(
        WidgetHostRow.objects.filter(institution=institution).order_by("origin").values_list("origin", flat=True)
    )
