"""An exam under way: the form, what its script saves, what the plain form posts, the check before handing in."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linkspan.exams import actions, queries
from linkspan.exams.queries import Question
from linkspan.exams.rules import AttemptState, Standing, answer_in_words, read_batch
from linkspan.kernel.errors import Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.reasons import Reason
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.exam_client import client_of, gated, mark_device, steps
from linkspan.web.exam_files import take_posted
from linkspan.web.exam_json import as_json
from linkspan.web.exam_questions import shown
from linkspan.web.exam_talk import ask_proctor, mark_read, room_of
from linkspan.web.pages import acts, done, identifier, post_only, signed_in, text

LARGEST_SAVE = 64 * 1024
#: What is read with a released result.
OF_RESULT = {"marks": queries.marks_of, "changes": queries.changes_of}


class Act(StrEnum):
    """What the form's buttons ask for."""

    SAVE = "save"
    HELP = "help"
    CHECK = "check"
    SUBMIT = "submit"
    BREAK = "break"


def words() -> dict[str, str]:
    """What the page's script says."""
    return {
        "left": _("{time} left"),
        "minutes": _("Minutes left: {n}"),
        "answered": _("{n} of {all} answered"),
        "saved": _("Saved {time}"),
        "saving": _("Saving"),
        "unsent": _("Not sent since {time}. Kept on this device; go on."),
        "again": _("Sent again. All answers are saved."),
        "signed_out": _("You are signed out. Sign in again in another tab: your answers are kept here."),
        "refused": _("An answer was not saved: {reason}"),
        "other": _("A newer answer of another window counts for question {n}."),
        "over": _("Time is over. Sending your last answers."),
        "late": _("Answers that came late are kept. The exam's staff decide whether they count."),
        "sending": _("Sending the file: {name}"),
        "large": _("{name}: larger than {most} MB. Choose a smaller one."),
        "handed_in": _("The file is handed in: {name}"),
        "untick": _("At most {most} files count. {name} is kept: take another tick away, then tick it."),
        "file": _("A file of another window"),
    }


@signed_in
@never_cache
@gated
def attempt(request: Request, attempt_id: UUID) -> HttpResponse:
    """One's attempt: waiting for the proctor, running, handed in, or its released result."""
    found = queries.attempt(request.actor, attempt_id)
    told: dict[str, Any] = {"attempt": found, "words": json.dumps(words()), "questions": (), "seconds_left": 0}
    if found.released:
        told |= {name: asked(request.actor, attempt_id) for name, asked in OF_RESULT.items()}
    exam, own = found.sitting.exam, request.actor.is_person(found.learner_id)
    if exam.seb is not None:
        told |= steps(exam)
    if exam.watched is not None:
        told["session"] = queries.session_of(request.actor, attempt_id)
        told["way"] = queries.other_way(request.actor, attempt_id)
        told["tool"] = queries.at_tool(request.actor, attempt_id)
    if found.rejection is not None:
        told["heard"] = found.rejection.heard(request.now)
    if found.submitted_at is not None and not found.released:
        told["marking"] = queries.marking_of(request.actor, attempt_id)
    told["break_over"] = found.break_ends_at is not None and request.now >= found.break_ends_at
    if found.started_at is None and own:
        told["arranged"] = queries.arranged_for(request.actor, found.learner_id, exam.code, request.now)
    if found.state == AttemptState.STARTED and own:
        told |= _running(request, attempt_id)
    else:
        told |= room_of(request, found)
    if found.state == AttemptState.IDENTITY_CONFIRMED and own:
        told["why"] = queries.seb_lacking(request.actor, attempt_id, client_of(request, attempt_id), request.now)
    response = render(request, "attempt.html", told)
    if own:
        mark_device(request, response, attempt_id)
    return response


def _running(request: Request, attempt_id: UUID, wrong: Mapping[str, Reason] | None = None) -> dict[str, Any]:
    found = queries.attempt(request.actor, attempt_id)
    questions = shown(_questions(request, attempt_id), wrong)
    left = (found.deadline - request.now).total_seconds() if found.deadline else 0
    return {
        "attempt": found,
        "words": json.dumps(words()),
        **room_of(request, found),
        "questions": questions,
        "uploads": any(question.accepts for question in questions),
        "problems": [(n, question) for n, question in enumerate(questions, 1) if question.problem],
        "picture": reverse("exam_page-picture", args=[attempt_id]),
        "unanswered": [(n, question) for n, question in enumerate(questions, 1) if not question.given],
        "answered": sum(1 for question in questions if question.given),
        "saved_at": max((question.saved_at for question in questions if question.saved_at), default=None),
        "seconds_left": max(left, 0),
        "next_break": queries.next_break(request.actor, attempt_id),
        "elapsed": (request.now - found.started_at).total_seconds() if found.started_at else 0,
    }


def _questions(request: Request, attempt_id: UUID) -> tuple[Question, ...]:
    return queries.questions(request.actor, attempt_id, now=request.now, client=client_of(request, attempt_id))


@signed_in
@never_cache
@gated
def check(request: Request, attempt_id: UUID) -> HttpResponse:
    """What is unanswered, and the button that hands in."""
    if queries.attempt(request.actor, attempt_id).state != AttemptState.STARTED:
        return redirect("exam_page-attempt", attempt_id)
    page = {"page": request.GET.get("page", ""), "changes": request.GET.get("changes", "")}
    return render(request, "exam_check.html", _running(request, attempt_id) | page)


@signed_in
@never_cache
@gated
def picture(request: Request, attempt_id: UUID) -> HttpResponse:
    """The picture of a question of one's running attempt."""
    name = request.GET.get("item", "")[:128]
    client = client_of(request, attempt_id)
    png = queries.asked_picture(request.actor, attempt_id, name, now=request.now, client=client)
    return HttpResponse(png, content_type="image/png")


@post_only
@signed_in
@acts(Act)
@gated
def save(request: Request, attempt_id: UUID, do: Act) -> HttpResponse:
    """Save what the plain form changed, then do what its button asks for; a conflict asks which answer to keep."""
    here = ("exam_page-attempt", attempt_id)
    fields = form_fields(request)
    wrong: Mapping[str, Reason] = {}
    if do is Act.HELP:  # first of all: a candidate in trouble is heard also where an answer is not taken
        ask_proctor(request, attempt_id)
    else:
        mark_read(request, attempt_id)
    actor, now, client = request.actor, request.now, client_of(request, attempt_id)
    if request.FILES:
        fields, wrong = take_posted(request, attempt_id, fields)
    taken = actions.save_form(actor=actor, attempt_id=attempt_id, fields=fields, now=now, client=client)
    kept = [one for one in taken if one.standing == Standing.KEPT]
    if kept:
        return _ask(request, attempt_id, kept, fields)
    if any(one.standing == Standing.LATE for one in taken):
        return done(request, words()["late"], *here)
    if do is Act.HELP:
        return done(request, _("The proctor is asked. Your answers are saved."), *here)
    if wrong:
        return _form_again(request, attempt_id, wrong)
    if do is Act.BREAK:
        actions.begin_break(actor=actor, attempt_id=attempt_id, now=now, client=client)
        return redirect(*here)
    if do is Act.SAVE:
        return done(request, _("Your answers are saved."), *here)
    if do is Act.CHECK:
        return redirect("exam_page-check", attempt_id)
    page, changes = text(request, "page", 36), text(request, "changes", 8)
    counted = changes.isascii() and changes.isdigit()
    unknown = Unusable("page_unknown", _("Go back to the questions and hand in from there."))
    actions.submit_attempt(
        actor=actor,
        attempt_id=attempt_id,
        now=now,
        client=client,
        page=identifier(page, unknown) if counted else None,
        changes=int(changes) if counted else 0,
    )
    return done(request, _("Your exam is handed in."), *here)


def _form_again(request: Request, attempt_id: UUID, wrong: Mapping[str, Reason]) -> HttpResponse:
    """The form with what is saved, and at each question why a file was not taken.

    Answered as a page like any other: as a refusal it would show what was sent in place of what is saved now.
    """
    found = queries.attempt(request.actor, attempt_id)
    if found.state != AttemptState.STARTED:
        return done(request, in_words(next(iter(wrong.values())).sentence), "exam_page-attempt", attempt_id)
    told = {"attempt": found} | _running(request, attempt_id, wrong)
    return render(request, "attempt.html", told)


def form_fields(request: Request) -> dict[str, tuple[tuple[str, ...], int | None]]:
    """Of each question in the form, what it holds and the version that it showed; not those whose saved answer stays.

    A question without any marked choice sends only the version.
    """
    posted = request.POST
    items = {name.partition("_")[2] for name in posted if name.startswith(("item_", "shown_"))}
    found = {}
    for item in sorted(items):
        version = posted.get(f"shown_{item}", "")
        if posted.get(f"keep_{item}") != "saved":
            given = tuple(_typed(value) for value in posted.getlist(f"item_{item}") if value.strip())
            whole = version.isascii() and version.isdigit() and len(version) < 7
            found[item] = (given, int(version) if whole else None)
    return found


def _typed(value: str) -> str:
    """As the page's script would send it: forms end lines in their own way."""
    return value.replace("\r\n", "\n").strip()


def _ask(request: Request, attempt_id: UUID, kept: list[Any], fields: Mapping[str, Any]) -> HttpResponse:
    questions = {question.id: question for question in _questions(request, attempt_id)}
    files = {str(one.id): one.name for question in questions.values() for one in question.handed_in}
    rows = [
        {
            "question": questions[one.item],
            "version": one.version,
            "saved": answer_in_words(questions[one.item], one.value, files),
            "given": fields[one.item][0],
            "mine": answer_in_words(questions[one.item], fields[one.item][0], files),
        }
        for one in kept
    ]
    told = {"attempt": queries.attempt(request.actor, attempt_id), "rows": rows}
    return render(request, "exam_conflict.html", told, status=409)


@as_json
def pages(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Open a live page: its keys, and the answers from which it begins."""
    client = client_of(request, attempt_id)
    return jsonable(actions.open_page(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client))


@as_json
def answers(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Take in a signed save; one without changes asks how things stand."""
    if len(request.body) > LARGEST_SAVE:
        raise Unusable("save_too_large", "A save is at most {largest_save} kB.", largest_save=LARGEST_SAVE // 1024)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Unusable("save_unusable", "A save is JSON.") from error
    batch = read_batch(body)
    receipt = actions.save_answers(
        actor=request.actor,
        attempt_id=attempt_id,
        batch=batch,
        now=request.now,
        client=client_of(request, attempt_id),
    )
    left = receipt.deadline - receipt.now
    return jsonable(receipt) | {"milliseconds_left": int(left.total_seconds() * 1000)}
