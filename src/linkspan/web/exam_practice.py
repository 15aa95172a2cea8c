"""Practice before an exam: the check of a device, and sample questions on an exam's page. It counts for nothing."""

import json
from dataclasses import replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.queries import PracticeRun
from linkspan.exams.rules import Client, Conduct, DeviceCheck, Seen, Version, read_batch, read_seen
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.public import public_address, public_base
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.exam_client import steps
from linkspan.web.exam_json import as_json
from linkspan.web.exam_page import LARGEST_SAVE, form_fields, words
from linkspan.web.exam_questions import Shown, shown
from linkspan.web.pages import acts, done, post_only, signed_in, text, ticked

LARGEST_FILE, LARGEST_CHECK = 3 * 2**20, 16 * 1024


class Check(StrEnum):
    """What is done on the page of a device."""

    PLAIN = "plain"


class Keep(StrEnum):
    """What becomes of what is typed."""

    SAVE = "save"


class Act(StrEnum):
    """What the form of practice asks for."""

    SAVE = "save"
    CHECK = "check"
    SUBMIT = "submit"


@signed_in
@never_cache
@acts(Check)
def device(request: Request, code: str, do: Check | None = None) -> HttpResponse:
    """What is checked of a device before an exam, and what came of it; a post checks it without scripts."""
    if do is Check.PLAIN:
        client = Client.of(public_address(request), request.headers)
        actions.check_device(actor=request.actor, code=code, seen=Seen(scripts=False), now=request.now, client=client)
        return done(request, _("Your device is checked. Read below what was found."), "exam_practice-device", code)
    found = queries.device_of(request.actor, code)
    told: dict[str, Any] = {"device": found, "exam": found.exam, "words": json.dumps(device_words())}
    if found.exam.seb is not None:
        told |= steps(found.exam)
    return render(request, "exam_device.html", told)


def device_words() -> dict[str, str]:
    """What the script of that page says."""
    return {
        "running": _("Checking. This takes a few seconds."),
        "camera": _("Allow the camera when the browser asks."),
        "cut": _("The network is away: nothing was checked. Connect again, then check again."),
        "refused": _("The check was not kept: {reason}"),
    }


@as_json
def begin_check(request: Request, code: str) -> dict[str, Any]:
    """For the script of that page: practice into which it saves a few answers."""
    return {"practice": str(actions.begin_practice_run(actor=request.actor, code=code, now=request.now))}


@as_json
def seen(request: Request, code: str) -> dict[str, Any]:
    """For the script of that page: keep what it saw."""
    sent = _sent(request, LARGEST_CHECK)
    try:
        practice_id = UUID(str(sent.get("practice")))
    except ValueError:
        raise Unusable("check_unusable", "This is no check of a device. Open its page again.") from None
    found: DeviceCheck = actions.check_device(
        actor=request.actor,
        code=code,
        seen=read_seen(sent),
        now=request.now,
        practice_id=practice_id,
        client=_client(request, code, sent.get("lockdown")),
    )
    return jsonable({"id": found.id})


def _client(request: Request, code: str, told: object) -> Client:
    """The browser as it shows itself: by headers, or of newer engines by script with the address of the page."""
    shown_by = Client.of(public_address(request), request.headers)
    if shown_by.config_hash or not isinstance(told, dict):
        return shown_by
    page, config, client, name = (str(told.get(key, ""))[:1000] for key in ("page", "config", "client", "name"))
    if page.split("?")[0] != public_base() + reverse("exam_practice-device", args=[code]):
        return shown_by
    return Client(page, config, client, request.headers.get("User-Agent", "")[:1000], name)


def _sent(request: Request, largest: int) -> dict[str, Any]:
    unusable = Unusable("save_too_large", "A save is at most {largest_save} kB.", largest_save=largest // 1024)
    if len(request.body) > largest:
        raise unusable
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Unusable("save_unusable", "A save is JSON.") from error
    if not isinstance(sent, dict):
        raise Unusable("save_unusable", "A save is JSON.")
    return sent


@post_only
@signed_in
def begin(request: Request, code: str) -> HttpResponse:
    """Begin practice with sample questions."""
    made = actions.begin_practice_run(actor=request.actor, code=code, now=request.now)
    return redirect("exam_practice-run", made)


@signed_in
@never_cache
def run(request: Request, practice_id: UUID) -> HttpResponse:
    """Practice: its questions as an exam's page shows them, or what came of it."""
    return render(request, "exam_practice_run.html", _told(request, practice_id))


@signed_in
@never_cache
def check(request: Request, practice_id: UUID) -> HttpResponse:
    """What is unanswered, and the button that hands in."""
    told = _told(request, practice_id)
    if told["practice"].handed_in_at is not None:
        return redirect("exam_practice-run", practice_id)
    return render(request, "exam_practice_check.html", told)


@post_only
@signed_in
@acts(Act)
def save(request: Request, practice_id: UUID, do: Act) -> HttpResponse:
    """Save what the plain form holds, then do what its button asks for."""
    actor, now = request.actor, request.now
    fields = form_fields(request)
    problem = _take_files(request, practice_id, fields)
    actions.save_practice_form(actor=actor, practice_id=practice_id, fields=fields, now=now)
    if problem is not None:
        return done(request, in_words(problem), "exam_practice-run", practice_id)
    if do is Act.CHECK:
        return redirect("exam_practice-check", practice_id)
    if do is Act.SUBMIT:
        actions.hand_in_practice(actor=actor, practice_id=practice_id, now=now)
        return done(request, _("Your practice is handed in. It counts for nothing."), "exam_practice-run", practice_id)
    return done(request, _("Your answers are saved."), "exam_practice-run", practice_id)


def _take_files(
    request: Request, practice_id: UUID, fields: dict[str, tuple[tuple[str, ...], int | None]]
) -> LinkspanError | None:
    """Add the files of the form to its answers; why one was not taken, or None."""
    for name in [one for one in request.FILES if one.startswith("file_")]:
        item = name.removeprefix("file_")
        given, version = fields.get(item, ((), None))
        for file in request.FILES.getlist(name)[:2]:
            try:
                given = (*given, str(_take(request, practice_id, file)))
            except (Unusable, Refused) as error:
                return error
        fields[item] = (given[:2], version)
    return None


def _take(request: Request, practice_id: UUID, file: "UploadedFile[Any]") -> UUID:
    told = {"name": file.name or "", "content": file.read(LARGEST_FILE)}
    return actions.hand_in_practice_file(actor=request.actor, practice_id=practice_id, **told)


@as_json
def pages(request: Request, practice_id: UUID) -> dict[str, Any]:
    """Open a live page: its keys, and the answers from which it begins."""
    return jsonable(actions.open_practice_page(actor=request.actor, practice_id=practice_id, now=request.now))


@as_json
def answers(request: Request, practice_id: UUID) -> dict[str, Any]:
    """Take in a signed save, as an exam does."""
    batch = read_batch(_sent(request, LARGEST_SAVE))
    receipt = actions.save_practice(actor=request.actor, practice_id=practice_id, batch=batch, now=request.now)
    left = receipt.deadline - receipt.now
    return jsonable(receipt) | {"milliseconds_left": int(left.total_seconds() * 1000)}


@as_json
def files(request: Request, practice_id: UUID) -> dict[str, Any]:
    """Look at one file that the page's script sends; only its name is kept."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Unusable("file_missing", "Choose a file first.")
    return {"id": str(_take(request, practice_id, file)), "name": file.name or ""}


@signed_in
@never_cache
def picture(request: Request, practice_id: UUID) -> HttpResponse:
    """The picture of the sample question that has one."""
    return HttpResponse(queries.practice_picture(request.actor, practice_id), content_type="image/svg+xml")


def _told(request: Request, practice_id: UUID) -> dict[str, Any]:
    found: PracticeRun = queries.practice_run(request.actor, practice_id)
    asked = queries.practice_questions(request.actor, practice_id) if found.handed_in_at is None else ()
    questions = tuple(_in_words(one) for one in shown(asked))
    return {
        "practice": found,
        "exam": found.exam,
        "words": json.dumps(words()),
        "questions": questions,
        "uploads": any(question.accepts for question in questions),
        "picture": reverse("exam_practice-picture", args=[practice_id]),
        "unanswered": [(n, question) for n, question in enumerate(questions, 1) if not question.given],
        "answered": sum(1 for question in questions if question.given),
        "seconds_left": max((found.ends_at - request.now).total_seconds(), 0),
        "elapsed": (request.now - found.began_at).total_seconds(),
    }


def _in_words(one: Shown) -> Shown:
    """A sample question in the reader's language."""
    picture = one.picture and replace(one.picture, words=in_words(one.picture.words))
    spots = tuple(replace(spot, words=in_words(spot.words)) for spot in one.spots)
    options = tuple(in_words(text) for text in one.options)
    return replace(one, picture=picture, spots=spots, prompt=in_words(one.prompt), options=options)


@signed_in
@acts(Keep)
def conduct(request: Request, code: str, do: Keep | None = None) -> HttpResponse:
    """How the draft is conducted beside its terms."""
    found: Version = queries.versions(request.actor, code)[0]
    if found.published_at is not None:
        raise Refused("no_draft", _("A published version never changes. Begin a new version first."))
    if do is None:
        return render(request, "desk/exam_conduct.html", {"found": found, "shown": _typed(found.exam.conduct)})
    days = text(request, "review_days", 3)
    told = Conduct(
        device_check=ticked(request, "device_check"),
        rejection_in_grade=ticked(request, "rejection_in_grade"),
        review_days=int(days) if days.isascii() and days.isdigit() else -1 if days else None,
    )
    try:
        actions.put_conduct(actor=request.actor, code=code, conduct=told, now=request.now)
    except Invalid as error:
        shown_again = _typed(told) | {"review_days": days}
        given = {"found": found, "shown": shown_again, "errors": error.fields}
        return render(request, "desk/exam_conduct.html", given, status=422)
    return done(request, _("The draft is saved."), "exam_making-version", code, found.exam.version)


def _typed(found: Conduct) -> dict[str, object]:
    """What the form shows."""
    return found.as_kept() | {"review_days": found.review_days or ""}
