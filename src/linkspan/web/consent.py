"""Consent to disclosure and the log of disclosures: the learner's own pages."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Part, Purpose
from linkspan.admissions.actions import send_record
from linkspan.admissions.queries import sent_records
from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.pathways.queries import channels
from linkspan.web.pages import done, page_number, post_only, signed_in, text, texts


@signed_in
def consents(request: Request) -> HttpResponse:
    """Every consent one gave, and giving another."""
    chosen, told, status = request.GET.get("institution", ""), dict[str, object](), 200
    if request.method == "POST":
        try:
            return _give(request)
        except Unusable as error:
            chosen, told, status = text(request, "institution", 64), {"error": error}, 422
    given, ways = queries.consents_of(request.actor.own_id), channels()
    person = queries.person(request.actor, request.actor.own_id)
    told |= {
        "chosen": chosen,
        "standing": [consent for consent in given if consent.holds(request.now)],
        "ended": [consent for consent in given if not consent.holds(request.now)],
        "names": institution_names(),
        "parts": list(Part),
        "purposes": list(Purpose),
        "until": (request.now + timedelta(days=180)).date(),
        "ways": {consent.institution: ways.get(consent.institution, ()) for consent in given},
        "sent": sent_records(request.actor, request.actor.own_id),
        "signature": person.legal_name or person.name or person.email,
    }
    return render(request, "consents.html", told, status=status)


def _give(request: Request) -> HttpResponse:
    institution = text(request, "institution", 64)
    if institution not in institution_names():
        raise Unusable("institution_unknown", "Choose the institution from the list.")
    actions.give_consent(
        actor=request.actor,
        learner_id=request.actor.own_id,
        institution=institution,
        purpose=text(request, "purpose", 64),
        records=texts(request, "part", 20),
        expires_at=_end_of(text(request, "until", 10), queries.person(request.actor, request.actor.own_id).time_zone),
        signature=text(request, "signature", 200),
        now=request.now,
    )
    return done(request, _("Your consent is given. You can end it here at any time."), "consent-consents")


def _end_of(day: str, zone: str) -> datetime:
    """The end of a day in the reader's zone."""
    try:
        local = datetime.combine(date.fromisoformat(day), time(23, 59, 59), ZoneInfo(zone or "UTC"))
    except ValueError as error:
        raise Unusable("day_unusable", "Write the last day as year-month-day.") from error
    return local.astimezone(UTC)


@post_only
@signed_in
def revoke(request: Request, consent_id: UUID) -> HttpResponse:
    """End a consent."""
    actions.revoke_consent(actor=request.actor, consent_id=consent_id, now=request.now)
    return done(
        request, _("Your consent is ended. The institution can no longer read your record."), "consent-consents"
    )


@post_only
@signed_in
def send(request: Request) -> HttpResponse:
    """Send what an institution here gave the learner to the server of a partner that they consented to."""
    send_record(
        actor=request.actor,
        learner_id=request.actor.own_id,
        institution=text(request, "institution", 64),
        partner=text(request, "partner", 64),
        now=request.now,
    )
    return done(
        request, _("Your record is on its way. What becomes of it is told here."), reverse("consent-consents") + "#sent"
    )


@signed_in
def disclosures(request: Request) -> HttpResponse:
    """Who read what of my record, when, why, and on which legal basis."""
    page = queries.disclosures_of(request.actor, request.actor.own_id, number=page_number(request))
    return render(request, "disclosures.html", {"page": page, "names": institution_names()})
