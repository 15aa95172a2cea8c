"""Proctoring services of an institution: entered, tried, switched on and off by its registrar or an operator."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.rules import Service, ServiceKind, ServiceTerms
from linkspan.institutions.queries import institution, institution_names
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.public import public_base
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.web.pages import acts, choice, done, seen, shown_once, signed_in, text, typed


class ServiceAct(StrEnum):
    """What is done to a service."""

    CHANGE = "change"
    CALLBACK = "callback"
    TRY = "try"
    ENABLE = "enable"
    DISABLE = "disable"


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """Lead to the institution whose services the actor manages, or let them choose."""
    actor, names = request.actor, institution_names()
    schools = sorted(names) if actor.has_role("operator") else sorted(actor.institutions_as("registrar"))
    permit(bool(schools), "manage the proctoring services of an institution")
    if len(schools) == 1:
        return redirect("exam_services-services", schools[0])
    return render(request, "desk/service_places.html", {"schools": [(one, names.get(one, one)) for one in schools]})


@signed_in
def services(request: Request, school: str) -> HttpResponse:
    """An institution's services, and a form for another one; what was typed is kept where it cannot be used."""
    rows = queries.services_at(request.actor, school)
    told: dict[str, Any] = {"school": institution(school), "rows": rows, "fields": {}}
    if request.method != "POST":
        return render(request, "desk/services.html", told)
    kind = choice(request, "kind", ServiceKind) if request.POST.get("kind") else ServiceKind.EDX_PROCTORING
    try:
        made = actions.add_service(
            actor=request.actor,
            institution=school,
            terms=_terms(request, kind),
            secret=text(request, "secret", 1000),
            now=request.now,
        )
    except Invalid as error:
        wrong = {"errors": error.fields, "fields": request.POST}
        return render(request, "desk/services.html", told | wrong, status=422)
    if kind is ServiceKind.LTI:
        return done(request, _("Entered. Enter Linkspan at the service next."), "exam_services-one", school, made)
    return done(
        request, _("Entered. Give the service a secret for its callbacks next."), "exam_services-one", school, made
    )


@signed_in
@acts(ServiceAct)
def one(request: Request, school: str, service_id: UUID, do: ServiceAct | None = None) -> HttpResponse:
    """One service: what was entered, what it offers, who did what; a post changes, tries or switches it."""
    found = queries.service(request.actor, service_id)
    if found.institution != school:
        return redirect("exam_services-one", found.institution, found.id)
    if do is None:
        return _one(request, found)
    if do is ServiceAct.CALLBACK:
        made = actions.give_callback_secret(actor=request.actor, service_id=found.id, now=request.now)
        return _one(request, queries.service(request.actor, service_id), callback_secret=made)
    try:
        return _do(request, do, found)
    except Invalid as error:
        return _one(request, found, status=422, errors=error.fields, fields=request.POST)
    except (Unusable, Refused) as error:
        return _one(request, found, status=error.status, problem=error)


def _do(request: Request, do: ServiceAct, found: Service) -> HttpResponse:
    actor, now = request.actor, request.now
    if do is ServiceAct.TRY:
        actions.try_service(actor=actor, service_id=found.id, now=now)
        return done(request, _("The service answers."), request.path)
    if do is ServiceAct.ENABLE:
        actions.enable_service(actor=actor, service_id=found.id, now=now)
        return done(request, _("Exams can be proctored by it now."), request.path)
    if do is ServiceAct.DISABLE:
        actions.disable_service(actor=actor, service_id=found.id, why=text(request, "why", 500), now=now)
        return done(request, _("The service is switched off."), request.path)
    terms, secret = _terms(request, found.terms.kind), text(request, "secret", 1000)
    with typed(request.path, **terms.fields()):
        actions.change_service(
            actor=actor, service_id=found.id, terms=terms, secret=secret, now=now, seen=seen(request)
        )
    return done(request, _("Saved."), request.path)


def _one(request: Request, found: Service, status: int = 200, **more: object) -> HttpResponse:
    fields: Mapping[str, str] = found.terms.fields()
    told = {
        "school": institution(found.institution),
        "row": found,
        "history": queries.service_history(request.actor, found.id),
        "strays": queries.strays(request.actor, found.id),
        "fields": fields,
        "seen": version_of(fields),
        "base": public_base(),
        "place": _place(request, found),
    }
    if "callback_secret" in more:
        return shown_once(request, "desk/service.html", told | more)
    return render(request, "desk/service.html", told | more, status=status)


def _terms(request: Request, kind: ServiceKind) -> ServiceTerms:
    plain = (text(request, "name", 500), text(request, "base_url", 1000), text(request, "client_id", 500))
    return ServiceTerms(*plain, kind, text(request, "launch_url", 1000), text(request, "jwks_url", 1000))


def _place(request: Request, found: Service) -> dict[str, str]:
    """What is entered at an LTI tool about us."""
    base = public_base()
    return {
        "deployment": str(found.id),
        "keys": f"{base}/api/v1/lti/jwks",
        "authorise": base + reverse("exam_lti-authorise"),
        "token": f"{base}/api/v1/lti/token",
    }
