"""Blocks of packages in frames of their own: the page of one, and the files that its package brings for browsers."""

import mimetypes
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from linkspan.courseware import actions, queries
from linkspan.kernel.request import Request
from linkspan.web.content import PART_SANDBOX, Pass, origin_of, read_pass, with_files


def policy(request: HttpRequest, token: str, nonce: str) -> str:
    """What a block's page may load: its package's scripts, which may make templates into code, and the course's files.

    No script that an author wrote runs there: inline ones need this answer's nonce.
    """
    base = f"{origin_of(request)}/content/{token}/"
    package, files, site = f"{base}block/", f"{base}static/", f"{origin_of(request)}/static/"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' {package} {site} 'unsafe-eval'; "
        f"style-src {package} {site} 'unsafe-inline'; img-src {package} {files} data:; "
        f"font-src {package} {site} data:; media-src {files}; connect-src 'none'; frame-src 'none'; "
        f"form-action 'none'; base-uri 'none'; "
        f"webrtc 'block'; sandbox {PART_SANDBOX}"
    )


@require_safe
@xframe_options_exempt
def block(request: Request, token: str, name: str) -> HttpResponse:
    """A block of a package as its learner sees it, for its frame in the frame of the unit."""
    found, nonce = read_pass(token), secrets.token_urlsafe(16)
    with override(found.language):
        part = _opened(found, name, request)
        told: dict[str, Any] = {"block": part.block, "view": part.view, "nonce": nonce, "styles": [], "scripts": []}
        for kind, data, mimetype in part.view.resources if part.view else ():
            one = {"address" if kind == "url" else "text": data}
            told["styles" if mimetype == "text/css" else "scripts"].append(one)
        page = render(request, "courseware/block.html", told).content.decode()
    response = HttpResponse(with_files(page, found.run_id, f"{origin_of(request)}/content/{token}/"))
    response["Content-Security-Policy"] = policy(request, token, nonce)
    response["Referrer-Policy"] = "no-referrer"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Cache-Control"] = "private, no-store"
    return response


def _opened(found: Pass, name: str, request: Request) -> actions.Part:
    usage = request.GET.get("usage", "")[:300]
    if found.eyes is None:
        return actions.open_block(actor=found.actor, run_id=found.run_id, name=name, usage=usage, now=request.now)
    if found.eyes.on_trial:
        stage = found.eyes.stage(found.run_id)
        return actions.rehearse_block(actor=found.actor, stage=stage, name=name, usage=usage, now=request.now)
    return actions.preview_block(
        actor=found.actor,
        run_id=found.run_id,
        name=name,
        usage=usage,
        at=found.eyes.at,
        learner_id=found.eyes.learner_id,
        group=found.eyes.group,
    )


@require_safe
@xframe_options_exempt
def resource(request: Request, token: str, kind: str, name: str) -> HttpResponse:
    """A file that a package of blocks brings for browsers."""
    read_pass(token)
    response = HttpResponse(
        queries.package_file(kind, name), content_type=mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "private, max-age=3600"
    return response
