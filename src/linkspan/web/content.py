"""Course content: a unit in a frame without the site's origin, and the course's files, by signed addresses that expire.

What an author wrote is somebody else's code. Its frame is sandboxed: its origin is «null», it has no cookies, reads no
page and posts no form. An address names a learner and a run, and works for both alone. Where `LINKSPAN_CONTENT_URL`
names a second origin, content comes from there and from nowhere else.
"""

import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.text import get_valid_filename
from django.utils.translation import get_language, override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from linkspan.accounts.queries import entering_by_token
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import SPEEDS, vtt
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.web.parts import file_in_parts

LASTS = timedelta(hours=12)
SALT = "linkspan.web.content"
#: A link of the course opens a site in a window of its own, which is that site and no frame; files may be kept.
SANDBOX = "allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox"


#: An author's own page opens nothing, and keeps nothing.
PART_SANDBOX = "allow-scripts allow-forms"
LARGEST_PART = 20 * 1024 * 1024
#: What may stand before the first script of a page: its kind, `html`, `head`.
BEFORE_SCRIPTS = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<!doctype[^>]*>)?\s*(?:<html[^>]*>)?\s*(?:<head[^>]*>)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Eyes:
    """With whose eyes staff look at a course, and when: a learner's, or a fresh one's where `learner_id` is None.

    `group`: as a member of that content group. `on_trial`: they answer in that place, which counts nowhere.
    """

    learner_id: UUID | None
    at: datetime
    group: str = ""
    on_trial: bool = False

    def stage(self, run_id: str) -> actions.Stage:
        """The same as actions know it."""
        return actions.Stage(run_id, self.at, self.learner_id, self.group)

    def seen(self, actor: Actor, run_id: str) -> queries.Preview:
        """What is seen of a course so."""
        return queries.preview(actor, run_id, self.learner_id, self.at, self.group, on_trial=self.on_trial)


@dataclass(frozen=True, slots=True)
class Pass:
    """Whom an address was made for, of which run, and in which language they read; `eyes` make it a preview."""

    actor: Actor
    run_id: str
    language: str
    eyes: Eyes | None


def address_for(request: Request, run_id: str, eyes: Eyes | None = None) -> str:
    """The address below which the signed-in person's frame and files of a run lie, for the next hours."""
    told = {"learner": str(request.actor.person_id), "run": run_id, "language": get_language()}
    if eyes is not None:
        told |= {
            "as": str(eyes.learner_id or ""),
            "at": eyes.at.isoformat(),
            "group": eyes.group,
            "trial": "yes" if eyes.on_trial else "",
        }
    return f"{origin_of(request)}/content/{signing.dumps(told, salt=SALT)}/"


def origin_of(request: HttpRequest) -> str:
    return settings.CONTENT_URL or f"{request.scheme}://{request.get_host()}"


def read_pass(token: str) -> Pass:
    """NotFound unless the server signed the address, for a learner who still may study, not too long ago."""
    try:
        told = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature as error:
        raise NotFound("content_expired", "This address has expired. Load the unit's page again.") from error
    eyes = None
    if "at" in told:
        learner = UUID(told["as"]) if told["as"] else None
        at = datetime.fromisoformat(told["at"])
        eyes = Eyes(learner, at, told.get("group", ""), on_trial=bool(told.get("trial")))
    return Pass(entering_by_token(UUID(told["learner"])), told["run"], told["language"], eyes)


def with_files(html: str, run_id: str, base: str) -> str:
    """A page's HTML with the course's files at their signed addresses."""
    own = html.replace(f"/courseware/{run_id}/static/", f"{base}static/")
    for folder in ("part", "block"):
        own = own.replace(f"/courseware/{run_id}/{folder}/", f"{base}{folder}/")
    return own


def policy(request: HttpRequest) -> str:
    """What the frame may load: the site's static files and the course's own; it submits nothing anywhere."""
    origin = origin_of(request)
    files = f"{origin}/content/"
    own = f"{origin}/static/ {files}"
    site = settings.BASE_URL if settings.CONTENT_URL else origin
    return (
        f"default-src 'none'; script-src {own}; style-src {own} 'unsafe-inline'; img-src {own} data:; font-src {own}; "
        f"media-src {files} https:; connect-src {files}; frame-src {files}; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors {site}; sandbox {SANDBOX}"
    )


def policy_of_part(request: HttpRequest, token: str) -> str:
    """What an author's own page may load in its frame: files of its course, whatever they do, and nothing leaves it.

    Its scripts run as they do at Open edX, but without an origin; the frame around it lets it go nowhere else.
    """
    files = " ".join(f"{origin_of(request)}/content/{token}/{folder}/" for folder in ("static", "part"))
    return (
        f"default-src 'none'; script-src {files} {origin_of(request)}/static/ 'unsafe-inline' 'unsafe-eval'; "
        f"style-src {files} 'unsafe-inline'; img-src {files} data: blob:; font-src {files} data:; "
        f"media-src {files} data: blob:; connect-src {files} data:; frame-src 'none'; form-action 'none'; "
        f"base-uri 'none'; webrtc 'block'; sandbox {PART_SANDBOX}"
    )


@require_safe
@xframe_options_exempt
def frame(request: Request, token: str, name: str) -> HttpResponse:
    """The content of a unit, for the frame in its page."""
    found = read_pass(token)
    base = f"{origin_of(request)}/content/{token}/"
    with override(found.language):
        unit = _opened(found, name, request.now)
        told = {
            "unit": unit.place,
            "blocks": unit.blocks,
            "preview": found.eyes is not None and not found.eyes.on_trial,
            "base": base,
            "speeds": [(speed, f"{number_format(speed)} ×") for speed in SPEEDS],
        }
        page = render(request, "courseware/frame.html", told).content.decode()
    response = HttpResponse(with_files(page, found.run_id, base))
    response["Content-Security-Policy"] = policy(request)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@xframe_options_exempt
def transcript(request: Request, token: str, name: str, language: str) -> HttpResponse:
    """What is said in a video of a unit: as WebVTT to keep, or as rows of begin, end and words for the page."""
    found = read_pass(token)
    cues = queries.transcript_in(_place(found, name, request.now), request.GET.get("video", ""), language)
    if request.GET.get("as") == "vtt":
        response = HttpResponse(vtt(cues), content_type="text/vtt; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{get_valid_filename(language)}.vtt"'
    else:
        response = JsonResponse([[cue.begin, cue.end, cue.text] for cue in cues], safe=False)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _place(found: Pass, name: str, now: datetime) -> queries.Place:
    """The unit in what the person of the address sees of the course, or in what they preview."""
    if found.eyes is None:
        return queries.unit_place(found.actor, found.run_id, name, now)
    seen = found.eyes.seen(found.actor, found.run_id)
    return queries.place(seen.course, seen.root, name)


def _opened(found: Pass, name: str, now: datetime) -> actions.Unit:
    """The unit for whom the address was made: her own, or a preview of which nothing is kept."""
    if found.eyes is None:
        return actions.open_unit(actor=found.actor, run_id=found.run_id, name=name, now=now)
    if found.eyes.on_trial:
        return actions.rehearse_unit(actor=found.actor, stage=found.eyes.stage(found.run_id), name=name, now=now)
    return actions.preview_unit(
        actor=found.actor,
        run_id=found.run_id,
        name=name,
        learner_id=found.eyes.learner_id,
        at=found.eyes.at,
        group=found.eyes.group,
        now=now,
    )


@require_safe
@xframe_options_exempt
def part(request: Request, token: str, name: str) -> HttpResponseBase:
    """An author's own page in a problem (jsinput), with the script by which it is asked for an answer; or its files."""
    found = read_pass(token)
    place = _file(found, name, request.now)
    if place.suffix.lower() not in (".html", ".htm") or place.stat().st_size > LARGEST_PART:
        return asset(request, token, name)
    script = f'<script src="{origin_of(request)}{static("linkspan/part.js")}"></script>'.encode()
    whole = place.read_bytes()
    head = BEFORE_SCRIPTS.match(whole)
    at = head.end() if head else 0
    response = HttpResponse(whole[:at] + script + whole[at:])
    response["Content-Security-Policy"] = policy_of_part(request, token)
    response["Referrer-Policy"] = "no-referrer"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@xframe_options_exempt
def asset(request: Request, token: str, name: str) -> HttpResponseBase:
    """A file of the course; never run as a page. A frame of origin «null» may read it, since its address is secret."""
    found = read_pass(token)
    place = _file(found, name, request.now)
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    response = file_in_parts(request, place, kind)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _file(found: Pass, name: str, now: datetime) -> Path:
    """A file of the course, where the person of the address sees a part that uses it, or would in the preview."""
    if found.eyes is None:
        return queries.asset(found.actor, found.run_id, name, now)
    seen = found.eyes.seen(found.actor, found.run_id)
    return queries.asset_in(seen.course, seen.viewer, seen.root, name)


class ContentHost:
    """Where there is a second origin, it serves content and nothing else, and the site serves none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing at the wrong host."""
        if settings.CONTENT_URL:
            is_content = request.path.startswith("/content/")
            if is_content != (request.get_host() == urlsplit(settings.CONTENT_URL).netloc):
                return HttpResponseNotFound("There is no such page here.", content_type="text/plain")
        return self.get_response(request)
