"""A degree from a catalogue year on in a plain form: a row for each place, buttons that add and remove rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog import queries
from linkspan.catalog.rules import Invalid, Kind, may_edit_catalog
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.recognition.queries import degrees_of
from linkspan.recognition.rules import SEASONS
from linkspan.web.catalog_desk import prepared
from linkspan.web.pages import acts, seen, signed_in

MOST = 30
TEXTS = ("slot", "title", "courses", "credits", "after", "required")
FLAGS = ("last", "alone", "on_campus")
HEAD = ("program", "from_year", "credits", "courses", "on_campus_min", "reason")
LABELS = {
    "from_year": lazy("From catalogue year"),
    "reason": lazy("Where the degree was decided"),
    "program": lazy("Receiving degree (code)"),
}


class Act(StrEnum):
    """What a button of the form does."""

    SAVE = "save"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Place:
    """One row as it is typed; `ticked` are its flags, `seasons` those in which it is offered."""

    texts: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(TEXTS, ""))
    ticked: frozenset[str] = frozenset()
    seasons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form as it is typed; `load` is what fits in a season, `campus` the seasons with courses there."""

    head: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(HEAD, ""))
    load: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(SEASONS, ""))
    campus: frozenset[str] = frozenset()
    places: tuple[Place, ...] = (Place(),)
    seen: str = ""


@signed_in
@acts(Act)
def edit(request: Request, school: str, do: Act | None = None) -> HttpResponse:
    """Enter a degree, or copy one to a later year; what is saved waits in the catalogue until it is published."""
    permit(may_edit_catalog(request.actor, school), "prepare entries of this catalogue")
    if do is None:
        return _drawn(request, school, _begun(request, school, request.GET.get("of", "").replace("\0", "")[:255]))
    form = _posted(request)
    if do is Act.ADD:
        return _drawn(request, school, replace(form, places=(*form.places, Place())[:MOST]))
    if do is Act.REMOVE:
        at = request.GET.get("at", "")
        kept = tuple(place for number, place in enumerate(form.places) if str(number) != at)
        return _drawn(request, school, replace(form, places=kept or (Place(),)))
    try:
        return prepared(request, school, Kind.DEGREE, _told(form))
    except Invalid as error:
        return _drawn(request, school, form, error.fields, status=422)


def _drawn(
    request: Request, school: str, form: Form, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    named = {one.program for one in degrees_of(school)}
    here = (row.content for row in queries.published_of(school, Kind.PROGRAM))
    named |= {one["code"] for one in here if one["kind"] == "degree"}
    told = {
        "school": institution(school),
        "form": form,
        "seasons": SEASONS,
        "programs": sorted(named),
        "error": errors or {},
        "errors": [(name, LABELS.get(name), words) for name, words in (errors or {}).items()],
        "full": len(form.places) >= MOST,
    }
    return render(request, "desk/catalogue_degree.html", told, status=status)


def _begun(request: Request, school: str, key: str) -> Form:
    """What waits under the key; or else a copy of what is public, for the next year."""
    waiting = {row.key: row.content for row in queries.changes_at(request.actor, school) if row.kind is Kind.DEGREE}
    if key in waiting:
        return _form(waiting[key], version_of(waiting[key]))
    public = queries.published_entry(school, Kind.DEGREE, key) if key else None
    if public is None:
        return Form(seen=version_of({}))
    return _form(public | {"from_year": public["from_year"] + 1, "reason": ""}, version_of({}))


def _form(content: Mapping[str, Any], version: str) -> Form:
    degree, offered = content["degree"], content["degree"].get("offered") or {}
    if any(set(row) - {*TEXTS, *FLAGS} for row in degree["slots"]) or len(degree["slots"]) > MOST:
        raise Unusable("degree_beyond_form", _("This degree holds more than the form can. Change it by the API."))
    places = tuple(
        Place(
            {name: _text(row.get(name)) for name in TEXTS},
            frozenset(name for name in FLAGS if row.get(name)),
            frozenset(offered.get(row["slot"], ())),
        )
        for row in degree["slots"]
    )
    head = {name: _text(degree.get(name, content.get(name))) for name in HEAD}
    load = {season: _text((degree.get("load") or {}).get(season)) for season in SEASONS}
    return Form(head, load, frozenset(degree.get("on_campus_offered") or ()), places, version)


def _text(value: Any) -> str:
    return "" if value is None else ", ".join(value) if isinstance(value, list) else str(value)


def _posted(request: Request) -> Form:
    """The form as it was sent: columns of texts of the same length, ticks by the number of their row."""
    sent = request.POST
    columns = [[value.strip()[:500] for value in sent.getlist(f"place-{name}")][:MOST] for name in TEXTS]
    places = tuple(
        Place(
            dict(zip(TEXTS, row, strict=True)),
            frozenset(name for name in FLAGS if f"{at}-{name}" in sent),
            frozenset(season for season in SEASONS if f"{at}-{season}" in sent),
        )
        for at, row in enumerate(zip(*columns, strict=False))
    )
    head = {name: sent.get(name, "").strip()[:1000] for name in HEAD}
    load = {season: sent.get(f"load-{season}", "").strip()[:20] for season in SEASONS}
    campus = frozenset(season for season in SEASONS if f"campus-{season}" in sent)
    return Form(head, load, campus, places or (Place(),), seen(request) or "")


def _told(form: Form) -> dict[str, object]:
    """What is typed, as the fields of the entry; what is empty is left out."""
    degree: dict[str, Any] = {"slots": [_slot(place) for place in form.places]}
    degree |= {name: _whole(form.head[name]) for name in ("courses", "on_campus_min") if form.head[name]}
    degree |= {"credits": form.head["credits"]} if form.head["credits"] else {}
    load = {season: most for season, most in form.load.items() if most}
    offered = {
        place.texts["slot"]: [one for one in SEASONS if one in place.seasons] for place in form.places if place.seasons
    }
    campus = [one for one in SEASONS if one in form.campus]
    degree |= {"load": load} if load else {}
    degree |= {"offered": offered} if offered else {}
    degree |= {"on_campus_offered": campus} if campus else {}
    year = _whole(form.head["from_year"])
    return {"program": form.head["program"], "from_year": year, "degree": degree, "reason": form.head["reason"]}


def _slot(place: Place) -> dict[str, Any]:
    told: dict[str, Any] = {"slot": place.texts["slot"], "courses": _whole(place.texts["courses"])}
    told |= {name: place.texts[name] for name in ("title", "credits", "after") if place.texts[name]}
    required = [one.strip() for one in place.texts["required"].split(",") if one.strip()]
    told |= {"required": required} if required else {}
    return told | {name: True for name in FLAGS if name in place.ticked}


def _whole(given: str) -> int | str:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else given
