"""The open catalogue: the network for programs and search engines, and on schools' own sites."""

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from linkspan.catalog.queries import programs
from linkspan.institutions.queries import institution, institution_names
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.request import Request
from linkspan.pathways import actions
from linkspan.pathways.queries import NetworkRow, network_on, widget_hosts
from linkspan.pathways.rules import Sort, agreement_as_ctdl, graph, may_place_widget, ordered, plain, schema_org
from linkspan.web.pages import acts, done, signed_in, text


class Site(StrEnum):
    """What becomes of a site that shows a school's pathways."""

    ADD = "add"
    REMOVE = "remove"


#: For whoever reads by program: anybody, from anywhere, for five minutes.
shared_for_a_while = cache_control(public=True, max_age=300)
PRIVATE_PLACES = ("account", "accounts", "apply", "applications", "calendar", "consents", "dashboard", "degree", "desk")
PRIVATE_TOO = ("disclosures", "exams", "notices", "pay", "pathways/mine", "plans", "record", "rounds")
#: In JSON inside HTML: what could end the element or begin another is written as an escape.
UNSAFE_IN_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
#: The public pages that are of nothing in particular.
PUBLIC = (
    "catalog-home",
    "catalog-programs",
    "pathways-network",
    "pathways-what_if",
    "pathways-compare",
    "credentials-verify",
    "catalog-help_page",
)


def as_schema(row: NetworkRow, names: dict[str, str]) -> dict[str, Any]:
    """One pathway in schema.org's terms."""
    return schema_org(row.agreement.terms, row.terms, row.status, settings.BASE_URL, names)


def data_block(rows: Iterable[NetworkRow], names: dict[str, str]) -> str:
    """JSON-LD that can stand inside a page."""
    return json.dumps(graph([as_schema(row, names) for row in rows])).translate(UNSAFE_IN_HTML)


def _open(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@shared_for_a_while
def listed(request: Request) -> HttpResponse:
    """Every public pathway as plain JSON."""
    names = institution_names()
    rows = ordered(network_on(request.now.date()), Sort.TITLE)
    told = [plain(r.agreement.terms, r.terms, r.status, r.agreement.sha256, settings.BASE_URL, names) for r in rows]
    return _open(JsonResponse({"on": request.now.date(), "pathways": told}))


@require_safe
@shared_for_a_while
def linked(request: Request, agreement_id: str = "") -> HttpResponse:
    """Every public pathway, or one, as JSON-LD."""
    rows = ordered(network_on(request.now.date()), Sort.TITLE)
    chosen = [row for row in rows if agreement_id in ("", row.agreement.id)]
    if agreement_id and not chosen:
        raise NotFound("agreement_unknown", "There is no agreement {agreement_id}.", agreement_id=agreement_id)
    names = institution_names()
    body = graph([as_schema(row, names) for row in chosen])
    return _open(JsonResponse(body, content_type="application/ld+json"))


@require_safe
@shared_for_a_while
def ctdl(request: Request, agreement_id: str) -> HttpResponse:
    """One public pathway in the Credential Transparency Description Language, as JSON-LD."""
    row = next((row for row in network_on(request.now.date()) if row.agreement.id == agreement_id), None)
    if row is None:
        raise NotFound("agreement_unknown", "There is no agreement {agreement_id}.", agreement_id=agreement_id)
    body = agreement_as_ctdl(row.agreement.terms, settings.BASE_URL)
    return _open(JsonResponse(body, content_type="application/ld+json"))


@require_safe
@shared_for_a_while
def sitemap(request: Request) -> HttpResponse:
    """Every public page, for search engines (sitemaps.org 0.9)."""
    on = request.now.date()
    paths = [reverse(name) for name in PUBLIC]
    paths += [reverse("catalog-program", args=[program.institution, program.code]) for program in programs(on)]
    paths += sorted(reverse("pathways-agreement", args=[row.agreement.id]) for row in network_on(on))
    told = {"base": settings.BASE_URL, "paths": paths}
    return render(request, "sitemap.xml", told, content_type="application/xml")


@require_safe
@shared_for_a_while
def robots(request: Request) -> HttpResponse:
    """What search engines are asked to leave alone: pages of one's own, and desks."""
    closed = "".join(f"Disallow: /{place}/\n" for place in sorted({*PRIVATE_PLACES, *PRIVATE_TOO}))
    body = f"User-agent: *\n{closed}Sitemap: {settings.BASE_URL}{reverse('open_catalogue-sitemap')}\n"
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@require_safe
def widget(request: Request, code: str) -> HttpResponse:
    """The pathways of a school in a frame, for the sites that the school named and for no others."""
    school = institution(code)
    rows = [row for row in network_on(request.now.date()) if code in _parties(row)]
    told = {
        "school": school,
        "rows": ordered(rows, Sort.NEAREST),
        "base": settings.BASE_URL,
        "names": institution_names(),
    }
    response = render(request, "widget.html", told)
    hosts = " ".join(widget_hosts(code)) or "'none'"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {hosts}"
    )
    response.xframe_options_exempt = True
    return response


def _parties(row: NetworkRow) -> tuple[str, str]:
    return row.agreement.terms.sides


@signed_in
@acts(Site)
def widget_desk(request: Request, code: str, do: Site | None = None) -> HttpResponse:
    """On which sites the school's pathways are shown, and what to paste there; a post adds or removes a site."""
    permit(may_place_widget(request.actor, code), "place this institution's pathways on a site")
    school = institution(code)
    if do is not None:
        origin = text(request, "origin", 255)
        act = actions.remove_widget_host if do is Site.REMOVE else actions.add_widget_host
        act(actor=request.actor, institution=code, origin=origin, now=request.now)
        return done(request, _("The list of sites is changed."), "open_catalogue-widget_desk", code)
    rows = [row for row in network_on(request.now.date()) if code in _parties(row)]
    told = {
        "school": school,
        "hosts": widget_hosts(code),
        "rows": ordered(rows, Sort.NEAREST),
        "base": settings.BASE_URL,
    }
    return render(request, "desk/widget.html", told)
