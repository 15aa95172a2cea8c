"""The application form: what the agreement still asks for, documents, letters, save and return."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.admissions import actions, queries
from linkspan.admissions.rules import TYPES, asked_for, terms_of
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.pathways.queries import agreement_on, audits_of
from linkspan.pathways.rules import Outcome
from linkspan.records.queries import learner_record
from linkspan.web.pages import NotAll, acts, done, post_only, seen, signed_in, text, unstorable, upload

#: What the field of a file begins with; what it is for follows.
FILE = "file-"
#: A file that is shown in a page loads and runs nothing; the styles are those by which browsers show a picture or PDF.
SHOWN = "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


class Apply(StrEnum):
    """What is done with the form."""

    SAVE = "save"
    CHECK = "check"
    SEND = "send"


@signed_in
@acts(Apply)
def apply(request: Request, round_id: UUID, do: Apply | None = None) -> HttpResponse:
    """The form; what is on record is not asked again. It can be saved and gone on with later."""
    if do is Apply.SEND:
        statement = _statement(request)
        made = actions.submit_application(
            actor=request.actor, round_id=round_id, statement=statement, now=request.now, seen=seen(request)
        )
        return done(request, _("Your application is in."), "admissions-application", made.id)
    if do is not None:
        _take_in(request, round_id, do)
        return redirect("application_form-check" if do is Apply.CHECK else "application_form-apply", round_id)
    return render(request, "apply.html", _form(request, round_id))


def _statement(request: Request) -> str:
    """The statement with one sign for the end of a line, as the field counts it."""
    return text(request, "statement").replace("\r\n", "\n")


def _take_in(request: Request, round_id: UUID, do: Apply) -> None:
    """Take all that the form sent, each by itself; NotAll if something is refused, which keeps nothing else back.

    The statement comes last: if another was saved meanwhile, its writer chooses, and the files are there already.
    """
    statement, wrong = _statement(request), list[LinkspanError]()
    name, email = text(request, "name", longest=201), text(request, "email", longest=254)
    for field, file in request.FILES.items():
        with _apart(field, wrong):
            _take_file(request, round_id, field, getattr(file, "name", None) or "document")
            messages.success(request, _("The document is handed in."))
    if name or email:
        with _apart("", wrong):
            actions.ask_letter(actor=request.actor, round_id=round_id, name=name, email=email, now=request.now)
            messages.success(request, _("The link is on its way to the recommender."))
    if "statement" in request.POST:
        actions.save_draft(
            actor=request.actor, round_id=round_id, statement=statement, now=request.now, seen=seen(request)
        )
        if do is Apply.SAVE:
            messages.success(request, _("Saved. You can go on later; nobody else sees it yet."))
    if wrong:
        raise NotAll(wrong)


@contextmanager
def _apart(field: str, wrong: list[LinkspanError]) -> Iterator[None]:
    """Note what is refused at its field, and go on."""
    try:
        yield
    except (Refused, Unusable) as error:
        wrong.append(error.at(field or error.field))


def _take_file(request: Request, round_id: UUID, field: str, name: str) -> None:
    """Hand in the file of a field, for what the field is named after."""
    if "\0" in field:
        raise unstorable()
    actions.add_document(
        actor=request.actor,
        round_id=round_id,
        slot=field.removeprefix(FILE),
        name=name,
        content=upload(request, field),
        now=request.now,
    )


@post_only
@signed_in
def draft(request: Request, round_id: UUID) -> HttpResponse:
    """Save the statement while it is written, for a script; the answer names the version that the page has then."""
    statement = _statement(request)
    actions.save_draft(actor=request.actor, round_id=round_id, statement=statement, now=request.now, seen=seen(request))
    return HttpResponse(status=204, headers={"Seen": version_of({"statement": statement})})


@signed_in
def check(request: Request, round_id: UUID) -> HttpResponse:
    """All that would be sent, after what is missing and which clauses are not met."""
    told = _form(request, round_id)
    told["missing"] = [one for one in told["asked"] if one.slot not in told["given"]]
    told["unmet"] = [one for one in told["audit"].requirements if one.finding.outcome == Outcome.NOT_MET]
    told["awaited"] = [one for one in told["letters"] if one.is_open(request.now)]
    return render(request, "apply_check.html", told)


def _form(request: Request, round_id: UUID) -> dict[str, Any]:
    """What the form and its check show: the round, what is on record, what is asked for, and what is there so far."""
    actor, now = request.actor, request.now
    round_ = queries.round_by_id(round_id)
    agreement = agreement_on(round_.agreement_id, now.date())
    (audit,) = audits_of([learner_record(actor, actor.own_id)], agreement, now.date())
    terms = terms_of(agreement.terms)
    draft = queries.draft(actor, round_id)
    asked = asked_for(audit.as_json()["requirements"], terms.documents)
    documents, by_slot = queries.documents(actor, actor.own_id, round_id), {one.slot: one for one in asked}
    return {
        "round": round_,
        "audit": audit,
        "terms": terms,
        "asked": asked,
        "given": {one.slot for one in documents},
        "held": [(one, by_slot.get(one.slot)) for one in documents],
        "file": FILE,
        "documents": documents,
        "letters": queries.letters(actor, actor.own_id, round_id),
        "draft": draft,
        "seen": version_of({"statement": draft or ""}),
        "zone": institution(round_.institution).time_zone,
        "intake": queries.intake(round_.intake_id),
        "sent": next((a for a in queries.choices(actor, actor.own_id, round_.intake_id) if a.round == round_), None),
    }


@signed_in
def document(request: Request, document_id: UUID) -> HttpResponse:
    """A document, or its removal by a button of the form, of which nothing is lost by it."""
    if request.method == "POST":
        removed = actions.remove_document(actor=request.actor, document_id=document_id, now=request.now)
        _take_in(request, removed.round_id, Apply.CHECK)
        return done(request, _("The document is removed."), "application_form-apply", removed.round_id)
    found, content = actions.read_document(actor=request.actor, document_id=document_id, now=request.now)
    return _handed_out(request, content, found.media_type, found.name)


@signed_in
def letter(request: Request, letter_id: UUID) -> HttpResponse:
    """A letter, for staff."""
    media_type, content = actions.read_letter(actor=request.actor, letter_id=letter_id, now=request.now)
    return _handed_out(request, content, media_type, f"letter.{TYPES[media_type]}")


def hand_in_letter(request: Request, token: str) -> HttpResponse:
    """Where a recommender hands the letter in, without an account."""
    if request.method == "POST":
        actions.hand_in_letter(token=token, content=upload(request, "file"), now=request.now)
        return render(request, "letter.html", {"received": True})
    found, applicant, title = actions.letter_by_link(token, request.now)
    return render(request, "letter.html", {"letter": found, "applicant": applicant, "program": title})


def _handed_out(request: Request, content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file as a download, or where the address asks for it shown within a page, which must be ours."""
    shown = request.GET.get("as") == "shown"
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    if shown:
        response["Content-Security-Policy"] = SHOWN
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response
