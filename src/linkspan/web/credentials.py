"""Credentials: one's own, the public certificate, and the public verify page."""

import io
import json
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from linkspan.credentials import queries
from linkspan.kernel.clock import real_now
from linkspan.vc import Unreadable, VcError
from linkspan.web.pages import signed_in, upload


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """My credentials."""
    held = queries.credentials_of(request.actor, request.actor.person_id)
    return render(request, "credentials.html", {"credentials": held})


def certificate(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """The public certificate, checked anew at each view."""
    held = queries.credential(credential_id)
    verdict = queries.judge(dict(held.document), max(real_now(), request.now))
    return render(request, "certificate.html", {"credential": held, "verdict": verdict})


def document(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """The signed JSON."""
    held = queries.credential(credential_id)
    response = HttpResponse(json.dumps(held.document, indent=1, ensure_ascii=False), content_type="application/vc")
    response["Content-Disposition"] = f'attachment; filename="credential-{held.id}.json"'
    return response


def pdf(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """The certificate as PDF."""
    response = HttpResponse(queries.certificate(credential_id), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{credential_id}.pdf"'
    return response


def qr(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """The QR code of the certificate's address."""
    out = io.BytesIO()
    held = queries.credential(credential_id)
    segno.make(queries.verify_url(held.id), error="m").save(out, kind="svg", scale=4, xmldecl=False)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


def status_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The signed status list, cacheable by anybody, so that the issuer does not learn who checks."""
    response = JsonResponse(queries.status_list(list_id, real_now()))
    response["Cache-Control"] = "public, max-age=300"
    return response


def verify(request: HttpRequest) -> HttpResponse:
    """Check a pasted or uploaded credential: the verdict first, then the reasons, then what to do."""
    if request.method != "POST":
        return render(request, "verify.html")
    pasted = request.POST.get("credential", "").strip()
    content = pasted.encode() if pasted else upload(request, "file")
    try:
        verdict = queries.judge(content, max(real_now(), request.now))
    except (Unreadable, VcError) as error:
        return render(request, "verify.html", {"unreadable": error.message}, status=422)
    return render(request, "verify.html", {"verdict": verdict})
