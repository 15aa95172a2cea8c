"""Joining: an institution registers, proves its domain, is reviewed, and goes on to its first pathway."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.institutions import actions, queries
from linkspan.institutions.rules import FILE_PATH, RECORD_NAME
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import Check, acts, done, post_only, signed_in, text, upload

FIELDS = ("code", "name", "country", "time_zone", "domain", "accreditor", "accreditation_id")


@signed_in
def join(request: Request) -> HttpResponse:
    """The registration of an institution, and those that one has made."""
    told = {"rows": queries.own_registrations(request.actor), "posted": request.POST}
    if request.method != "POST":
        return render(request, "join.html", told)
    fields = {name: text(request, name, 253) for name in FIELDS}
    fields |= {"country": fields["country"].upper(), "domain": fields["domain"].lower()}
    try:
        made = actions.register_to_join(
            actor=request.actor, evidence=upload(request, "file"), now=request.now, **fields
        )
    except Unusable as error:
        errors = [in_words(error), *map(in_words, error.reasons)]
        return render(request, "join.html", told | {"errors": errors}, status=422)
    return done(request, _("The registration is in. Prove the domain next."), "joining-status", made)


@signed_in
def status(request: Request, registration_id: UUID) -> HttpResponse:
    """How far a registration is, and what to do next; a post looks for the proof of the domain."""
    if request.method == "POST":
        actions.prove_domain(actor=request.actor, registration_id=registration_id, now=request.now)
        return done(request, _("The domain is proved. An operator reviews the accreditation."), request.path)
    found = queries.registration(request.actor, registration_id)
    return render(request, "join_status.html", {"found": found, "record": RECORD_NAME, "file": FILE_PATH})


@signed_in
def desk(request: Request) -> HttpResponse:
    """Registrations whose accreditation waits for a review."""
    return render(request, "desk/joining.html", {"rows": queries.registrations_to_review(request.actor)})


@post_only
@signed_in
@acts(Check)
def review(request: Request, registration_id: UUID, do: Check) -> HttpResponse:
    """Accept or refuse an accreditation."""
    actions.review_accreditation(
        actor=request.actor,
        registration_id=registration_id,
        accept=do is Check.ACCEPT,
        reason=text(request, "reason"),
        now=request.now,
    )
    return redirect("joining-desk")


@signed_in
def evidence(request: Request, registration_id: UUID) -> HttpResponse:
    """The accreditation's document, as a file to download."""
    content = actions.open_accreditation(actor=request.actor, registration_id=registration_id, now=request.now)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = 'attachment; filename="accreditation"'
    return answer
