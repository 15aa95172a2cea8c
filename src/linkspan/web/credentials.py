"""Credentials: one's own, the public certificate, and the public verify page."""

import io
import json
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.credentials import actions, queries
from linkspan.credentials.rules import ShownPart, may_choose, without
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import permit
from linkspan.kernel.request import Request
from linkspan.vc import Occasion, Unreadable, VcError, Verdict
from linkspan.web.pages import choice, choices, done, post_only, signed_in, text, upload
from linkspan.web.verdicts import said


class Show(StrEnum):
    """What of the holder stands in a credential."""

    NAME = "name"
    HASH = "hash"


#: Each part, its name and what follows when it is off.
PARTS = {
    ShownPart.NAME: (lazy("Your name"), lazy("Off: others see that somebody holds it, not that it is you.")),
    ShownPart.GRADES: (
        lazy("Grades"),
        lazy("Off: others see that you passed, not how well. Schools may ask for them."),
    ),
    ShownPart.COURSES: (lazy("Courses and exams"), lazy("Off: others see the title and the grade of the whole alone.")),
    ShownPart.DATE: (lazy("Date of the award"), lazy("Off: others do not see when you received it.")),
    ShownPart.EVIDENCE: (lazy("Evidence"), lazy("Off: others do not see what your result rests on.")),
}


@signed_in
def mine(request: Request) -> HttpResponse:
    """My credentials."""
    actor = request.actor
    held = queries.credentials_of(actor, actor.own_id)
    chosen = queries.holders([actor.own_id]).get(actor.own_id)
    schools = sorted({one.issuer for one in held if one.state == "active" and one.kind != "transcript"})
    told = {"credentials": held, "schools": schools, "shows_name": chosen is not None and chosen.shows_name}
    return render(request, "credentials.html", told)


@post_only
@signed_in
def transcript(request: Request, code: str) -> HttpResponse:
    """A transcript of all that stands from an institution."""
    actor = request.actor
    actions.issue_transcript(actor=actor, learner_id=actor.own_id, institution=code, now=request.now)
    return done(request, _("The transcript is issued. It stands first in the list."), "credentials-mine")


@post_only
@signed_in
def choose_display(request: Request) -> HttpResponse:
    """Whether my name stands in what is issued to me from now on."""
    shows_name = choice(request, "show", Show) is Show.NAME
    actor = request.actor
    actions.choose_display(actor=actor, learner_id=actor.own_id, shows_name=shows_name, now=request.now)
    words = _("Your choice is kept. It counts for credentials issued from now on.")
    return done(request, words, "credentials-mine")


def certificate(request: Request, credential_id: UUID) -> HttpResponse:
    """The public certificate, checked anew at each view; `as=visitor` shows to its holder what others see."""
    held = queries.credential(credential_id)
    verdict = queries.judge(dict(held.document), max(real_now(), request.now))
    preview = request.GET.get("as") == "visitor"
    hidden = queries.hidden_from(None if preview else request.actor, held)
    displayed = [without(one, hidden) for one in verdict.displayed]
    if hidden:
        verdict = _in_part(verdict)
    mine = request.actor.person_id == held.learner_id
    told = {"credential": held, "verdict": verdict, "displayed": displayed, "mine": mine and not preview}
    told |= {"hidden": hidden, "preview": preview and mine, "linkedin": queries.linkedin_url(held.id)}
    told |= {"address": queries.verify_url(held.id), "base": settings.BASE_URL}
    return render(request, "certificate.html", told)


def _in_part(verdict: Verdict) -> Verdict:
    """The verdict without what the credential says: its checks with their results alone."""
    checks = tuple(replace(check, message="") for check in verdict.checks)
    name = {"name": verdict.achievement.get("name", "")}
    return replace(verdict, checks=checks, achievement=name, achievements=(name,), notes=(), stated=())


@signed_in
def shown(request: Request, credential_id: UUID) -> HttpResponse:
    """What of a credential others are shown: each part on or off, with what follows; a post keeps the choice."""
    held = queries.credential(credential_id)
    permit(may_choose(request.actor, held.learner_id), "choose what another holder shows")
    if request.method == "POST":
        hidden = set(ShownPart) - choices(request, "shown", ShownPart)
        actions.choose_shown(actor=request.actor, credential_id=credential_id, hidden=hidden, now=request.now)
        return done(request, _("Your choice counts from now on."), "credentials-shown", credential_id)
    parts = [(part, words, part not in held.hidden) for part, words in PARTS.items()]
    return render(request, "credential_shown.html", {"credential": held, "parts": parts})


def document(request: Request, credential_id: UUID) -> HttpResponse:
    """The signed JSON."""
    held = queries.whole_document(request.actor, credential_id)
    response = HttpResponse(json.dumps(held.document, indent=1, ensure_ascii=False), content_type="application/vc")
    response["Content-Disposition"] = f'attachment; filename="credential-{held.id}.json"'
    return response


def _reader(request: Request) -> Actor | None:
    """Who looks; nobody, where the holder asked to see what visitors see."""
    return None if request.GET.get("as") == "visitor" else request.actor


def pdf(request: Request, credential_id: UUID) -> HttpResponse:
    """The certificate as PDF."""
    response = HttpResponse(queries.certificate(credential_id, _reader(request)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{credential_id}.pdf"'
    return response


def certificate_picture(request: Request, credential_id: UUID) -> HttpResponse:
    """The certificate as a picture."""
    return HttpResponse(queries.certificate_picture(credential_id, _reader(request)), content_type="image/png")


def short(request: Request, number: str) -> HttpResponse:
    """Lead from the address that is printed on a certificate to its page."""
    return redirect("credentials-certificate", queries.numbered(number))


def badge(request: Request, credential_id: UUID, form: str) -> HttpResponse:
    """The badge as a picture that holds the credential."""
    kind = {"svg": "image/svg+xml", "png": "image/png"}[form]
    response = HttpResponse(queries.badge_picture(credential_id, form, _reader(request)), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="badge-{credential_id}.{form}"'
    return response


def achievement_picture(request: Request, key: str) -> HttpResponse:
    """The picture of a course's or program's badge, which badges name; the same for everybody."""
    response = HttpResponse(queries.achievement_picture(key, request.now.date()), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def qr(request: Request, credential_id: UUID) -> HttpResponse:
    """The QR code of the certificate's address."""
    out = io.BytesIO()
    held = queries.credential(credential_id)
    segno.make(queries.verify_url(held.id), error="m").save(out, kind="svg", scale=4, xmldecl=False)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


def verify(request: Request) -> HttpResponse:
    """Check a pasted or uploaded credential: the verdict first, then the reasons, then what to do."""
    if request.method != "POST":
        return render(request, "verify.html")
    pasted = request.POST.get("credential", "").strip()
    content = pasted.encode() if pasted else upload(request, "file")
    email, asks = text(request, "email", longest=320), "ask" in request.POST
    told = {"email": email, "asks": asks}
    try:
        at, occasion = max(real_now(), request.now), Occasion(email=email or None)
        verdict = actions.check_credential(document=content, occasion=occasion, asks=asks, now=at)
    except (Unreadable, VcError) as error:
        return render(request, "verify.html", {**told, "unreadable": said(error.message)}, status=422)
    return render(request, "verify.html", {**told, "verdict": verdict})
