"""The catalogue of an institution for its staff: what is missing, lists, forms, and what waits to be published."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.catalog import actions, queries
from linkspan.catalog.rules import (
    CalendarTerm,
    Invalid,
    Kind,
    may_edit_catalog,
    may_publish_catalog,
    may_publish_change,
    may_publish_kind,
)
from linkspan.catalog.rules import may_set_catalog_policy as may_set
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.web import catalog_forms as forms
from linkspan.web import catalog_trees as trees
from linkspan.web.pages import acts, choice, done, page_number, post_only, seen, signed_in, typed

EDITORS = ("program_staff", "registrar", "author")
#: Kinds that are edited at desks of their own.
ELSEWHERE = (Kind.EXAM, Kind.SERIES, Kind.GRADING, Kind.ALIGNMENT, Kind.SCHEDULE)
#: Kinds whose public entries are not opened to be changed here.
FIXED = (Kind.PRICE, Kind.REQUIREMENTS, Kind.SERIES, Kind.GRADING, Kind.ALIGNMENT, Kind.SCHEDULE)


class Waiting(StrEnum):
    """What becomes of an entry that waits."""

    PUBLISH = "publish"
    DISCARD = "discard"


class FourEyes(StrEnum):
    """Whether a second person publishes."""

    YES = "yes"
    NO = "no"


@signed_in
def overview(request: Request) -> HttpResponse:
    """The institutions whose catalogue one edits; the only one at once."""
    schools = sorted({code for role in EDITORS for code in request.actor.institutions_as(role)})
    permit(bool(schools), "see the catalogue desk")
    if len(schools) == 1:
        return redirect("catalog_desk-school", schools[0])
    return render(request, "desk/catalogues.html", {"schools": [institution(code) for code in schools]})


@signed_in
def school(request: Request, school: str) -> HttpResponse:
    """What is missing, what waits, and the lists."""
    waiting = queries.changes_at(request.actor, school)
    told = {
        "school": institution(school),
        "waiting": waiting,
        "steps": forms.steps(queries.has_entries(school)),
        "gaps": queries.gaps_at(request.actor, school, request.now.date()),
        "kinds": [(kind, forms.PLURAL[kind]) for kind in Kind],
        "four_eyes": queries.publishes_with_second(school),
        "may_set": may_set(request.actor, school),
        "publisher": may_publish_catalog(request.actor, school),
    }
    return render(request, "desk/catalogue.html", told)


@signed_in
def listed(request: Request, school: str, kind: str) -> HttpResponse:
    """The public entries of a kind."""
    of = _kind(kind)
    wanted = request.GET.get("q", "").replace("\0", "")[:200].strip()
    page = queries.entries_at(request.actor, school, of, text=wanted, number=page_number(request))
    told = {
        "school": institution(school),
        "kind": of,
        "titles": (forms.ONE[of], forms.PLURAL[of]),
        "page": page,
        "rows": [(row.key, forms.line_of(of, row.content), row.content) for row in page.rows],
        "q": wanted,
        "kept": urlencode({"q": wanted}) if wanted else "",
        "fixed": of in FIXED,
    }
    return render(request, "desk/catalogue_list.html", told)


@signed_in
def enter(request: Request, school: str, kind: str) -> HttpResponse:
    """Enter a course, run, program or price, or change it; everything typed is kept on an error."""
    of, key = _kind(kind), request.GET.get("of", "").replace("\0", "")[:255]
    permit(may_edit_catalog(request.actor, school), "prepare entries of this catalogue")
    match of:
        case Kind.REQUIREMENTS:
            return redirect("catalog_desk-tree", school)
        case Kind.DEGREE:
            more = f"?{urlencode({'of': key})}" if key else ""
            return redirect(f"{reverse('catalog_degrees-edit', args=[school])}{more}")
        case Kind.EXAM:
            return redirect("exam_making-overview")
        case Kind.SERIES:
            return redirect("exam_series-at_school", school)
        case Kind.GRADING | Kind.ALIGNMENT:
            return redirect("program_grading-programs")
        case Kind.SCHEDULE:
            return redirect("need_desk-schedule", school)
    shown = _shown(request, school, of, key) if key else {}
    fields = forms.fields_of(of, school, bool(key))
    if request.method != "POST":
        terms = queries.calendar_of(school) if of is Kind.RUN and not key else ()
        lies_in = next((term for term in terms if term.code == request.GET.get("term")), None)
        values = forms.values_of(of, shown, institution(school).time_zone, request.GET.get("subject", ""), lies_in)
        return _form(request, school, of, forms.rows_of(fields, values, {}), version_of(shown), terms=terms)
    values = {field.name: request.POST.get(field.name, "").strip().replace("\r\n", "\n") for field in fields}
    try:
        told = forms.told_of(of, school, values, str(shown.get("id", "")), str(shown.get("code", "")))
        return prepared(request, school, of, told)
    except Invalid as error:
        rows = forms.rows_of(fields, values, error.fields)
        return _form(request, school, of, rows, seen(request) or "", status=422)


def prepared(request: Request, school: str, kind: Kind, told: dict[str, object]) -> HttpResponse:
    """Prepare an entry, and go on to what becomes public."""
    with typed(request.get_full_path(), **{name: str(value) for name, value in told.items()}):
        found = actions.prepare_change(
            actor=request.actor, institution=school, kind=kind, told=told, now=request.now, seen=seen(request)
        )
    if found is None:
        return done(request, _("Nothing was changed: this is public already."), "catalog_desk-school", school)
    return redirect("catalog_desk-change", found.id)


@signed_in
@acts(Waiting)
def change(request: Request, change_id: UUID, do: Waiting | None = None) -> HttpResponse:
    """What becomes public, beside what is public now; publish or discard it."""
    found = queries.change(request.actor, change_id)
    if do is Waiting.DISCARD:
        actions.discard_change(actor=request.actor, change_id=change_id, now=request.now)
        return done(request, _("The change is discarded."), "catalog_desk-school", found.institution)
    if do is Waiting.PUBLISH:
        actions.publish_change(actor=request.actor, change_id=change_id, now=request.now, seen=seen(request))
        words = _("{title} is public now.").format(title=forms.line_of(found.kind, found.content))
        return done(request, words, "catalog_desk-school", found.institution)
    four_eyes = queries.publishes_with_second(found.institution)
    told = {
        "change": found,
        "title": forms.line_of(found.kind, found.content),
        "one": forms.ONE[found.kind],
        "rows": forms.differences(found),
        "tree": trees.drawn(found.content.get("requirements")),
        "seen": version_of(found.content),
        "four_eyes": four_eyes,
        "publisher": may_publish_kind(request.actor, found.institution, found.kind),
        "editable": found.kind not in ELSEWHERE,
        "may_publish": may_publish_change(request.actor, found, four_eyes),
    }
    return render(request, "desk/catalogue_change.html", told)


@post_only
@signed_in
def four_eyes(request: Request, school: str) -> HttpResponse:
    """Choose whether a second person publishes."""
    wanted = choice(request, "four_eyes", FourEyes) is FourEyes.YES
    actions.set_catalog_four_eyes(actor=request.actor, institution=school, four_eyes=wanted, now=request.now)
    return done(request, _("Setting saved."), "catalog_desk-school", school)


@signed_in
@acts(trees.Act)
def tree(request: Request, school: str, do: trees.Act | None = None) -> HttpResponse:
    """Enter the requirements of a program as a tree; each button changes the form, and saving prepares it."""
    permit(may_edit_catalog(request.actor, school), "prepare entries of this catalogue")
    if do is None:
        draft = trees.begin(request.actor, school, request.GET.get("of", "").replace("\0", "")[:255])
        return _tree(request, school, draft, {}, draft.seen)
    draft = trees.posted(request.POST, seen(request) or "")
    if do is not trees.Act.SAVE:
        draft = trees.changed(draft, do, request.GET.get("at", ""))
        return _tree(request, school, draft, {}, draft.seen)
    try:
        return prepared(request, school, Kind.REQUIREMENTS, trees.told_of(draft))
    except Invalid as error:
        return _tree(request, school, draft, error.fields, draft.seen, status=422)


def _tree(
    request: Request, school: str, draft: trees.Draft, errors: Mapping[str, str], version: str, status: int = 200
) -> HttpResponse:
    told = {
        "school": institution(school),
        "draft": draft,
        "programs": [row.content for row in queries.published_of(school, Kind.PROGRAM)],
        "courses": queries.published_of(school, Kind.COURSE),
        "kinds": trees.KINDS,
        "letters": trees.LETTERS,
        "errors": list(errors.items()),
        "error": errors,
        "seen": version,
    }
    return render(request, "desk/catalogue_tree.html", told, status=status)


def _form(
    request: Request,
    school: str,
    kind: Kind,
    rows: list[forms.Shown],
    version: str,
    status: int = 200,
    terms: Sequence[CalendarTerm] = (),
) -> HttpResponse:
    told = {"school": institution(school), "kind": kind, "one": forms.ONE[kind], "rows": rows, "seen": version}
    told["terms"] = [term for term in terms if term.ends >= request.now.date()]
    told["errors"] = [row for row in rows if row.error]
    return render(request, "desk/catalogue_form.html", told, status=status)


def _shown(request: Request, school: str, kind: Kind, key: str) -> dict[str, object]:
    """What a form shows: what waits, or else what is public."""
    waiting = queries.changes_at(request.actor, school)
    found = next((dict(row.content) for row in waiting if (row.kind, row.key) == (kind, key)), None)
    found = found or queries.published_entry(school, kind, key)
    if found is None:
        raise NotFound("entry_unknown", _("There is no such entry."))
    return found


def _kind(given: str) -> Kind:
    if given not in set(Kind):
        raise NotFound("kind_unknown", _("There is no such list."))
    return Kind(given)
