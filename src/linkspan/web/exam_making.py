"""Exams are made here: drafts with their terms, blueprint and bank, versions that are published, and sittings."""

from collections.abc import Mapping
from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.catalog.queries import price_in_force, programs
from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.rules import (
    MOST_ITEMS,
    BankChange,
    Version,
    cells,
    may_explain_booking,
    may_list_accommodations,
    may_manage_exams,
    may_publish_exam,
    may_set_entitlements,
    may_set_exam_policy,
)
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.paging import page_of
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import Changed, version_of
from linkspan.web import exam_forms as forms
from linkspan.web.exam_questions import shown
from linkspan.web.pages import (
    acts,
    choice,
    done,
    page_number,
    post_only,
    seen,
    signed_in,
    text,
    texts,
    typed,
    upload,
)

ROLES = ("program_staff", "author", "registrar")
PAGE = 50


class Begin(StrEnum):
    """What is begun from the page of an exam."""

    DRAFT = "draft"


class Keep(StrEnum):
    """What becomes of a draft."""

    SAVE = "save"
    DISCARD = "discard"


class Upload(StrEnum):
    """What is done with an archive."""

    LOOK = "look"
    SAVE = "save"


class OfVersion(StrEnum):
    """What is done with a draft that is looked at."""

    PUBLISH = "publish"
    RETIRE = "retire"
    USE = "use"


class FourEyes(StrEnum):
    """Whether a second person publishes."""

    YES = "yes"
    NO = "no"


@signed_in
def overview(request: Request) -> HttpResponse:
    """The exams of the institutions at which one makes them, and how each institution publishes."""
    actor = request.actor
    schools = sorted({code for role in ROLES for code in actor.institutions_as(role)})
    permit(bool(schools), "see how exams are made")
    made = queries.made_exams(actor) if any(may_manage_exams(actor, code) for code in schools) else ()
    told = [
        {
            "school": institution(code),
            "exams": [row for row in made if row.institution == code],
            "may_make": may_manage_exams(actor, code),
            "may_entitle": may_set_entitlements(actor, code),
            "four_eyes": queries.takes_second_person(code),
            "may_set": may_set_exam_policy(actor, code),
            "groups": [(kind, kind in queries.compared_groups(code)) for kind in queries.GroupKind],
        }
        for code in schools
    ]
    return render(request, "desk/exam_list.html", {"schools": told})


@post_only
@signed_in
def four_eyes(request: Request, school: str) -> HttpResponse:
    """Choose whether a second person publishes."""
    wanted = choice(request, "four_eyes", FourEyes) is FourEyes.YES
    actions.set_second_person(actor=request.actor, institution=school, second_person=wanted, now=request.now)
    return done(request, _("Setting saved."), "exam_making-overview")


@signed_in
def new(request: Request, school: str) -> HttpResponse:
    """Draft a new exam; everything typed is kept on an error."""
    permit(may_manage_exams(request.actor, school), "make exams here")
    here = [row for row in programs(request.now.date()) if row.institution == school]
    names = (*forms.EXAM, *forms.TERMS)
    options = {"program": tuple((row.key, row.title) for row in here)}
    told = {"school": institution(school), "programs": here}
    if request.method != "POST":
        return render(request, "desk/exam_new.html", told | {"rows": forms.rows(names, forms.FIRST, {}, options)})
    values = {name: text(request, name) for name in names}
    try:
        if values["program"] not in {row.key for row in here}:
            raise Invalid({"program": Sentence("program_unusable", "Choose a program of your institution.")})
        terms = forms.terms(values, ())
        actions.draft_exam(
            actor=request.actor, code=values["code"], program_key=values["program"], terms=terms, now=request.now
        )
    except Invalid as error:
        rows = forms.rows(names, values, error.fields, options)
        return render(request, "desk/exam_new.html", told | {"rows": rows, "errors": error.fields}, status=422)
    return done(request, _("The exam is drafted. Upload its questions next."), "exam_making-bank", values["code"])


@signed_in
@acts(Begin)
def exam(request: Request, code: str, do: Begin | None = None) -> HttpResponse:
    """An exam with its versions and sittings; a post begins a new version."""
    if do is Begin.DRAFT:
        actions.draft_version(actor=request.actor, code=code, now=request.now)
        return redirect("exam_making-draft", code)
    found = queries.made_exam(request.actor, code)
    told: dict[str, object] = {
        "exam": found,
        "versions": queries.versions(request.actor, code),
        "sittings": queries.held_sittings(request.actor, code),
    }
    told["may_grant"] = found.in_force is not None and may_list_accommodations(request.actor, found.institution)
    if found.in_force is not None:
        told["sold_as"] = f"exam:{queries.fee_code(code)}"
        told["on_sale"] = price_in_force(f"exam:{queries.fee_code(code)}", request.now.date()) is not None
    told["may_explain"] = found.in_force is not None and may_explain_booking(request.actor, found.institution)
    return render(request, "desk/exam.html", told)


@signed_in
@acts(Keep)
def draft(request: Request, code: str, do: Keep | None = None) -> HttpResponse:
    """The terms and the blueprint of the draft; everything typed is kept on an error."""
    if do is Keep.DISCARD:
        actions.discard_draft(actor=request.actor, code=code, now=request.now)
        return done(request, _("The draft is discarded."), "exam_making-overview")
    found = _draft_of(request, code)
    if do is None:
        return _draft(request, found, forms.typed_terms(found.terms), {})
    values = {name: text(request, name) for name in forms.TERMS}
    groups, hard, counts = (texts(request, name, 4 * MOST_ITEMS) for name in ("group", "difficulty", "count"))
    try:
        terms = forms.terms(values, forms.blueprint(groups, hard, counts))
        shown = queries.terms_shown(terms)
        with typed(request.path, **shown):
            actions.change_terms(actor=request.actor, code=code, terms=terms, now=request.now, seen=seen(request))
    except Invalid as error:
        return _draft(request, found, values, error.fields, counts, status=422)
    return done(request, _("The draft is saved."), "exam_making-version", code, found.exam.version)


@signed_in
@acts(Upload)
def bank(request: Request, code: str, do: Upload | None = None) -> HttpResponse:
    """Upload the questions of the draft: looked through first, then saved."""
    found = _draft_of(request, code)
    if do is None:
        return _bank(request, found)
    try:
        change = actions.take_bank(
            actor=request.actor,
            code=code,
            archive=upload(request, "file"),
            dry_run=do is Upload.LOOK,
            now=request.now,
        )
    except Unusable as error:
        return _bank(request, found, problem=error, status=422)
    if do is Upload.LOOK:
        return _bank(request, found, change=change)
    return done(request, _("The questions are saved. Say how many are drawn."), "exam_making-draft", code)


@signed_in
@acts(OfVersion)
def version(request: Request, code: str, number: int, do: OfVersion | None = None) -> HttpResponse:
    """What a version asks, with how often each question was drawn; a draft is published from here."""
    if do in (OfVersion.RETIRE, OfVersion.USE):
        retired, item = do is OfVersion.RETIRE, text(request, "item", 128)
        actions.retire_item(actor=request.actor, code=code, item=item, retired=retired, now=request.now)
        return done(
            request, _("The question is retired.") if retired else _("The question is drawn again."), request.path
        )
    if do is OfVersion.PUBLISH:
        try:
            actions.publish_version(
                actor=request.actor, code=code, number=number, now=request.now, seen=seen(request) or ""
            )
        except Changed:
            return _version(request, code, number, problem=_("The draft was changed since you looked. Look again."))
        except (Refused, Unusable) as error:
            return _version(request, code, number, problem=in_words(error), status=error.status)
        return done(request, _("The version is published. It never changes."), "exam_making-exam", code)
    return _version(request, code, number)


@signed_in
def preview(request: Request, code: str, number: int) -> HttpResponse:
    """A question set as a learner gets it, drawn by a number."""
    asked = request.GET.get("form", "")
    seed = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    told = {
        "found": queries.version(request.actor, code, number),
        "questions": shown(queries.preview(request.actor, code, number, seed)),
        "picture": reverse("exam_writing-picture", args=[code, number]),
        "next": seed + 1,
    }
    return render(request, "desk/exam_preview.html", told)


def _draft_of(request: Request, code: str) -> Version:
    found = queries.versions(request.actor, code)[0]
    if found.published_at is not None:
        raise Refused("no_draft", _("A published version never changes. Begin a new version first."))
    return found


def _draft(
    request: Request,
    found: Version,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    counts: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    told = {
        "found": found,
        "rows": forms.rows(forms.TERMS, values, errors),
        "lines": forms.lines(cells(found.bank, found.terms.draw), counts or ()),
        "errors": errors,
        "seen": (seen(request) if status != 200 else None) or version_of(queries.terms_shown(found.terms)),
    }
    return render(request, "desk/exam_draft.html", told, status=status)


def _bank(
    request: Request,
    found: Version,
    change: BankChange | None = None,
    problem: Unusable | None = None,
    status: int = 200,
) -> HttpResponse:
    counted = cells(change.bank, ()) if change else ()
    told = {"found": found, "change": change, "problem": problem, "cells": counted}
    return render(request, "desk/exam_bank.html", told, status=status)


def _version(request: Request, code: str, number: int, problem: str = "", status: int = 409) -> HttpResponse:
    found = queries.version(request.actor, code, number)
    school = found.exam.institution
    drawn = queries.exposure(request.actor, code)
    page = page_of(
        found.bank, len(found.bank), lambda item: (item, drawn.get(item.id, 0)), number=page_number(request), size=PAGE
    )
    told = {
        "found": found,
        "page": page,
        "lines": [cell for cell in cells(found.bank, found.terms.draw) if cell.count],
        "problem": problem,
        "lacks": queries.lacking(found),
        "seen": version_of(queries.content_shown(found)),
        "publisher": may_publish_exam(request.actor, school, (), False),
        "may_publish": queries.may_publish(request.actor, found),
    }
    return render(request, "desk/exam_version.html", told, status=status if problem else 200)
