"""Questions of a draft are written and rewritten on one page, whatever their kind."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from linkspan.exams import actions, queries
from linkspan.exams.rules import (
    Accepts,
    Difficulty,
    FileKind,
    Item,
    ItemKind,
    Typed,
    Version,
    typed_from,
    written,
)
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.web.pages import choice, choices, done, seen, signed_in, text, ticked, typed, upload

NAMES = ("id", "group", "kind", "difficulty", "prompt", "lines", "tolerance", "variables", "picture_words")
FILES = ("most_files", "megabytes")
KINDS: Mapping[ItemKind, tuple[Promise, Promise]] = {
    ItemKind.CHOICE: (lazy("One choice"), lazy("One option a line, the right one after a star: * Paris")),
    ItemKind.CHECKBOX: (lazy("Several choices"), lazy("One option a line, each right one after a star: * Paris")),
    ItemKind.DROPDOWN: (lazy("A dropdown"), lazy("One option a line, the right one after a star: * Paris")),
    ItemKind.NUMERIC: (lazy("A number"), lazy("The right number.")),
    ItemKind.TEXT: (lazy("A text"), lazy("Each right text on a line.")),
    ItemKind.ORDER: (lazy("Steps in order"), lazy("One step a line, in the right order. Learners see them mixed.")),
    ItemKind.MATCH: (lazy("Pairs"), lazy("One pair a line: France = Paris. A choice that fits no line: = Rome")),
    ItemKind.HOTSPOT: (
        lazy("Areas of a picture"),
        lazy("One area a line, in points of the picture: rect LEFT TOP RIGHT BOTTOM = words."),
    ),
    ItemKind.ESSAY: (
        lazy("A short essay"),
        lazy("One criterion a line, with its points: 5 = Argument. Two people mark it; a third if they differ more."),
    ),
    ItemKind.UPLOAD: (
        lazy("Files handed in"),
        lazy("One criterion a line, with its points, as of an essay. Tick below which files are taken."),
    ),
    ItemKind.FORMULA: (lazy("A formula"), lazy("The right formula: m * c^2")),
}


@signed_in
def write(request: Request, code: str) -> HttpResponse:
    """Write a question, or rewrite the one that the address names; everything typed is kept on an error."""
    found = queries.versions(request.actor, code)[0]
    if found.published_at is not None:
        raise Refused("no_draft", _("A published version never changes. Begin a new version first."))
    if request.method != "POST":
        name = request.GET.get("item", "")[:128]
        item = queries.item_of(request.actor, code, found.exam.version, name) if name else None
        return _page(request, found, _values(item), version_of(queries.question_shown(item)))
    values = {name: text(request, name) for name in NAMES} | {"partial": "on" if ticked(request, "partial") else ""}
    values |= {name: text(request, name, 4) for name in FILES}
    values["file_kinds"] = " ".join(sorted(choices(request, "file_kinds", FileKind)))
    try:
        _save(request, code, values)
    except Unusable as error:
        return _page(request, found, values, seen(request) or "", error)
    return done(request, _("The question is saved."), "exam_making-version", code, found.exam.version)


def _save(request: Request, code: str, values: Mapping[str, str]) -> None:
    hard = values["difficulty"]
    told = Typed(
        values["id"],
        values["group"],
        choice(request, "kind", ItemKind),
        values["prompt"],
        values["lines"],
        Difficulty(hard) if hard in set(Difficulty) else None,
        bool(values["partial"]),
        values["tolerance"],
        values["variables"],
        _accepts(values),
    )
    picture = upload(request, "picture") if request.FILES.get("picture") else None
    with typed(request.path, **values):
        actions.put_item(
            actor=request.actor,
            code=code,
            item=written(told),
            picture=picture,
            picture_words=values["picture_words"],
            seen=seen(request),
            now=request.now,
        )


def _accepts(values: Mapping[str, str]) -> Accepts | None:
    """What files are taken; numbers that are none are out of the bounds, which the question's check tells."""
    kinds = set(values["file_kinds"].split())
    if not kinds:
        return None
    given = (values[name] for name in FILES)
    most, megabytes = (int(one) if one.isascii() and one.isdigit() and len(one) < 4 else 0 for one in given)
    return Accepts(tuple(one for one in FileKind if one in kinds), most, megabytes)


@signed_in
@never_cache
def picture(request: Request, code: str, number: int) -> HttpResponse:
    """The picture of a question of a version."""
    png = queries.picture_of(request.actor, code, number, request.GET.get("item", "")[:128])
    return HttpResponse(png, content_type="image/png")


def _values(item: Item | None) -> dict[str, str]:
    if item is None:
        return {"kind": ItemKind.CHOICE, "most_files": "1", "megabytes": "5"}
    told = typed_from(item)
    shown = {name: str(getattr(told, name) or "") for name in NAMES[:-1]}
    words = item.picture.words if item.picture else ""
    takes = item.accepts or Accepts(())
    shown |= {"file_kinds": " ".join(takes.kinds), "most_files": str(takes.most), "megabytes": str(takes.megabytes)}
    return shown | {"picture_words": words, "partial": "on" if item.partial else ""}


def _page(
    request: Request, found: Version, values: Mapping[str, str], held: str, problem: Unusable | None = None
) -> HttpResponse:
    told = {
        "found": found,
        "values": values,
        "kinds": [(kind, name, hint) for kind, (name, hint) in KINDS.items()],
        "difficulties": list(Difficulty),
        "file_kinds": list(FileKind),
        "problem": problem,
        "seen": held,
        "groups": sorted({item.group for item in found.bank}),
    }
    return render(request, "desk/exam_write.html", told, status=422 if problem else 200)
