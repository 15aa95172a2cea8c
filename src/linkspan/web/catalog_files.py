"""A catalogue as a file: exported, looked at before it is imported, copied to another year, published together."""

import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from linkspan.catalog import actions, queries
from linkspan.catalog.rules import Invalid, Outcome, Planned, counted, may_edit_catalog, may_publish_catalog
from linkspan.finance.actions import import_catalogue
from linkspan.finance.queries import catalogue_file
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import version_of
from linkspan.kernel.written import listed
from linkspan.web import catalog_forms as forms
from linkspan.web import catalog_trees as trees
from linkspan.web.pages import acts, done, seen, signed_in, text, ticked, upload

MOST_SHOWN, LARGEST = 500, 5_000_000
WORDS: dict[Outcome, Promise] = {
    Outcome.NEW: lazy("New"),
    Outcome.CHANGED: lazy("Changed"),
    Outcome.PUBLISHED: lazy("Published"),
    Outcome.WAITS: lazy("Waits to be published"),
    Outcome.SAME: lazy("As it is"),
    Outcome.REFUSED: lazy("Refused"),
}


class Plan(StrEnum):
    """What is done with a file, or with the requirements of a year."""

    CHECK = "check"
    TAKE = "take"


class All(StrEnum):
    """What is done with all that waits."""

    PUBLISH = "publish"


@require_GET
@signed_in
def export(request: Request, school: str) -> HttpResponse:
    """The catalogue as its file."""
    found = catalogue_file(request.actor, institution(school).code)
    answer = HttpResponse(json.dumps(found, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="catalogue.json"'
    return answer


@signed_in
@acts(Plan)
def file(request: Request, school: str, do: Plan | None = None) -> HttpResponse:
    """Choose a file, look at what it would do, and import it; it stays on the page until it is imported."""
    told = _page(request, school)
    if do is None:
        return render(request, "desk/catalogue_file.html", told)
    content = text(request, "content", LARGEST)
    if do is Plan.CHECK and "file" in request.FILES:
        content = upload(request, "file").decode(errors="replace")
    told |= {"content": content, "publish": ticked(request, "publish")}
    try:
        take = partial(
            import_catalogue,
            actor=request.actor,
            institution=school,
            told=_read(content),
            now=request.now,
            publish=told["publish"],
        )
        found = take(trial=True)
        told |= _told(found)
        if do is Plan.TAKE:
            _check_seen(request, told["seen"])
            return _end(request, school, take())
    except (Unusable, Refused) as error:
        fields = error.fields.values() if isinstance(error, Invalid) else ()
        told["problem"] = " ".join(map(in_words, fields)) or in_words(error)
        return render(request, "desk/catalogue_file.html", told, status=error.status)
    return render(request, "desk/catalogue_file.html", told)


@signed_in
@acts(Plan)
def copy(request: Request, school: str, do: Plan | None = None) -> HttpResponse:
    """Copy the requirements of all programs to another catalogue year: looked at first, then prepared."""
    told = _page(request, school)
    names = ("year", "to_year", "valid_from")
    told["typed"] = typed = {name: text(request, name, 10) for name in names}
    told["years"] = queries.years_of(school)
    if do is None:
        return render(request, "desk/catalogue_copy.html", told)
    try:
        year, to_year, day = _years(typed)
        take = partial(
            actions.copy_requirements,
            actor=request.actor,
            institution=school,
            year=year,
            to_year=to_year,
            valid_from=day,
            now=request.now,
        )
        found = take(trial=True)
        told |= _told(found)
        if do is Plan.TAKE:
            _check_seen(request, told["seen"])
            return _end(request, school, take())
    except (Unusable, Refused) as error:
        return render(request, "desk/catalogue_copy.html", told | {"problem": in_words(error)}, status=error.status)
    return render(request, "desk/catalogue_copy.html", told)


@signed_in
@acts(All)
def waiting(request: Request, school: str, do: All | None = None) -> HttpResponse:
    """All that one may publish, beside what is public now; publish it together."""
    permit(may_publish_catalog(request.actor, school), "publish entries of this catalogue")
    found = queries.changes_to_publish_at(request.actor, school)
    if do is All.PUBLISH:
        end = actions.publish_changes(actor=request.actor, institution=school, now=request.now, seen=seen(request))
        count = len(end.done)
        words = ngettext("{count} entry is public now.", "{count} entries are public now.", count).format(count=count)
        failed = [f"{forms.line_of(no.one.kind, no.one.content)}: {in_words(no)}" for no in end.failed]
        return done(request, " ".join([words, *failed[:20]]), "catalog_desk-school", school)
    shown = [
        (row, forms.ONE[row.kind], forms.differences(row), trees.drawn(row.content.get("requirements")))
        for row in found
    ]
    told = {"school": institution(school), "rows": shown, "seen": queries.waiting_version(found)}
    return render(request, "desk/catalogue_waiting.html", told)


def _page(request: Request, school: str) -> dict[str, Any]:
    permit(may_edit_catalog(request.actor, school), "prepare entries of this catalogue")
    four_eyes = queries.publishes_with_second(school)
    may_publish = may_publish_catalog(request.actor, school) and not four_eyes
    return {"school": institution(school), "may_publish": may_publish, "four_eyes": four_eyes}


def _read(content: str) -> object:
    if not content:
        raise Unusable("file_missing", _("Choose a file first."))
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        words = _("This is not a JSON file: {why}. Export the catalogue to see its form.").format(why=error)
        raise Unusable("not_json", words) from None


def _years(typed: dict[str, str]) -> tuple[int, int, date]:
    for name in ("year", "to_year"):
        if not (typed[name].isascii() and typed[name].isdigit() and len(typed[name]) == 4):
            raise Unusable("year_unusable", _("Enter a year of four digits, such as 2027."))
    try:
        day = date.fromisoformat(typed["valid_from"])
    except ValueError:
        raise Unusable("day_unusable", _("Choose the day from which the copy is in force.")) from None
    return int(typed["year"]), int(typed["to_year"]), day


def _told(found: Sequence[Planned]) -> dict[str, Any]:
    counts = counted(found)
    shown = sorted(
        (one for one in found if one.outcome is not Outcome.SAME), key=lambda one: one.outcome is not Outcome.REFUSED
    )
    return {
        "counts": [(WORDS[outcome], counts[outcome]) for outcome in Outcome if counts[outcome]],
        "rows": [(one, WORDS[one.outcome]) for one in shown[:MOST_SHOWN]],
        "left": max(0, len(shown) - MOST_SHOWN),
        "to_do": any(counts[one] for one in Outcome if one not in (Outcome.SAME, Outcome.REFUSED)),
        "refused": counts[Outcome.REFUSED],
        "seen": version_of({one.place: one.told() for one in found}),
        "checked": True,
    }


def _check_seen(request: Request, now: str) -> None:
    if seen(request) != now:
        raise Refused("changed_since", _("The catalogue was changed since you checked the file. Look at it again."))


def _end(request: Request, school: str, found: Sequence[Planned]) -> HttpResponse:
    counts = counted(found)
    words = listed(f"{WORDS[outcome]}: {counts[outcome]}" for outcome in Outcome if counts[outcome])
    why = [
        f"{one.place} {one.key}: {'; '.join(in_words(told) for _name, told in one.errors)}"
        for one in found
        if one.errors
    ]
    return done(request, ". ".join([words, *why[:20]]), "catalog_desk-school", school)
