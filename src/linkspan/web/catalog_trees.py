"""A requirement tree in a plain form: a row for each part, in order and indented, and buttons that change the rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog import queries
from linkspan.catalog.rules import LETTERS, Invalid, Kind
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.versions import version_of
from linkspan.kernel.written import listed

__all__ = ["KINDS", "LETTERS", "Act", "Draft", "Row", "begin", "changed", "drawn", "posted", "told_of"]
#: Rows that a form takes: eight fields each, of the thousand that a post may hold. The API takes larger trees.
MOST = 100
GROUPS = ("all", "at_least")
KINDS = (
    ("all", lazy("All of these")),
    ("at_least", lazy("At least so many of these")),
    ("course", lazy("A course")),
    ("exam", lazy("An exam")),
    ("program", lazy("A program")),
)
COLUMNS = ("depth", "kind", "key", "count", "min_percent", "min_letter", "valid_years", "within_years")


class Act(StrEnum):
    """What a button of the form does."""

    SAVE = "save"
    TURN = "turn"
    ADD = "add"
    REMOVE = "remove"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the tree; `depth` 0 is the whole. All is as it is typed."""

    depth: int
    kind: str
    key: str = ""
    count: str = ""
    min_percent: str = ""
    min_letter: str = ""
    valid_years: str = ""
    within_years: str = ""

    @property
    def is_group(self) -> bool:
        """Whether parts can lie in it."""
        return self.kind in GROUPS


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole form as it is typed."""

    program: str = ""
    catalogue_year: str = ""
    valid_from: str = ""
    not_here_yet: str = ""
    rows: tuple[Row, ...] = field(default=(Row(0, "all"), Row(1, "course")))
    seen: str = ""


def begin(actor: Actor, school: str, key: str) -> Draft:
    """The form at first: what waits under the key, or else a copy of those of a year, for the next one."""
    waiting = {row.key: row.content for row in queries.changes_at(actor, school) if row.kind is Kind.REQUIREMENTS}
    if key in waiting:
        return _draft(waiting[key], version_of(waiting[key]))
    published = queries.published_entry(school, Kind.REQUIREMENTS, key) if key else None
    if published is None:
        return Draft(seen=version_of({}))
    later = published | {"catalogue_year": published["catalogue_year"] + 1, "valid_from": ""}
    return _draft(later, version_of({}))


def _check_size(rows: int) -> None:
    if rows > MOST:
        words = _("This tree has {n} parts; the form takes {most}. Change it by the API.").format(n=rows, most=MOST)
        raise Unusable("tree_too_large", words)


def _draft(content: Mapping[str, Any], seen: str) -> Draft:
    rows = tuple(_rows(content["requirements"], 0))
    _check_size(len(rows))
    return Draft(
        content["program"],
        str(content["catalogue_year"]),
        content["valid_from"],
        "\n".join(content["not_here_yet"]),
        rows,
        seen,
    )


def _rows(tree: Mapping[str, Any], depth: int) -> Iterator[Row]:
    kind = next(name for name, _words in KINDS if name in tree)
    told = {name: str(tree[name]) for name in COLUMNS if name in tree}
    if kind in GROUPS:
        count = str(tree["at_least"]) if kind == "at_least" else ""
        yield Row(depth, kind, count=count, within_years=told.get("within_years", ""))
        for child in tree["all"] if kind == "all" else tree["of"]:
            yield from _rows(child, depth + 1)
    else:
        yield Row(depth, kind, str(tree[kind]), **told)


def posted(sent: Any, seen: str) -> Draft:
    """The form as it was sent: a column for each field of the rows, all of the same length; Unusable if too long."""
    columns = [[value.strip() for value in sent.getlist(name)] for name in COLUMNS]
    _check_size(max(map(len, columns)))
    rows: list[Row] = []
    for depth, *told_row in zip(*columns, strict=False):
        deepest = rows[-1].depth + 1 if rows else 0
        rows.append(Row(min(max(_whole(depth, 0, 11), 1 if rows else 0), deepest), *told_row))
    told = {name: sent.get(name, "").strip() for name in ("program", "catalogue_year", "valid_from", "not_here_yet")}
    return Draft(**told, rows=tuple(rows) or Draft().rows, seen=seen)


def changed(draft: Draft, act: Act, at: str) -> Draft:
    """The form after a button of a row; the same if that makes no sense there.

    Each kind has its own fields: another kind that was chosen in a row only has to be drawn anew.
    """
    rows, place = list(draft.rows), _whole(at, 0, MOST)
    if place >= len(rows):
        return draft
    end = _end(rows, place)
    part = rows[place:end]
    if act is Act.ADD and rows[place].is_group and len(rows) < MOST:
        rows.insert(end, Row(rows[place].depth + 1, "course"))
    elif act is Act.REMOVE and place:
        del rows[place:end]
    elif act is Act.UP and (before := _before(rows, place)) is not None:
        rows[before:end] = part + rows[before:place]
    elif act is Act.DOWN and end < len(rows) and rows[end].depth == rows[place].depth:
        after = _end(rows, end)
        rows[place:after] = rows[end:after] + part
    return replace(draft, rows=tuple(rows))


def told_of(draft: Draft) -> dict[str, object]:
    """What is typed, as the fields of the entry."""
    year = draft.catalogue_year
    return {
        "program": draft.program,
        "catalogue_year": int(year) if year.isascii() and year.isdigit() and len(year) == 4 else year,
        "valid_from": draft.valid_from,
        "not_here_yet": draft.not_here_yet.split(),
        "requirements": _tree(list(draft.rows), 0),
    }


def _tree(rows: list[Row], place: int) -> dict[str, Any]:
    row = rows[place]
    names = ("within_years",) if row.is_group else ("min_percent", "min_letter", "valid_years")
    more = {name: _number(getattr(row, name)) for name in names if getattr(row, name)}
    if row.kind == "program":
        more = {name: value for name, value in more.items() if name == "valid_years"}
    if not row.is_group:
        if _end(rows, place) > place + 1:
            words = Phrase("Part {n} has parts below. Make it a group.")
            raise Invalid({"requirements": Sentence("no_group", words, n=place + 1)})
        return {row.kind: row.key, **more}
    parts, at, end = [], place + 1, _end(rows, place)
    while at < end:
        parts.append(_tree(rows, at))
        at = _end(rows, at)
    return {"all": parts, **more} if row.kind == "all" else {"at_least": _number(row.count), "of": parts, **more}


def _end(rows: list[Row], place: int) -> int:
    """The place after a part and all that lies in it."""
    inside = (at for at in range(place + 1, len(rows)) if rows[at].depth <= rows[place].depth)
    return next(inside, len(rows))


def _before(rows: list[Row], place: int) -> int | None:
    """The place of the part before it in the same group."""
    for at in range(place - 1, 0, -1):
        if rows[at].depth == rows[place].depth:
            return at
        if rows[at].depth < rows[place].depth:
            return None
    return None


def _whole(given: str, low: int, high: int) -> int:
    return min(max(int(given), low), high) if given.isascii() and given.isdigit() and len(given) < 6 else high


def _number(given: str) -> int | str:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else given


def drawn(tree: Any) -> dict[str, Any] | None:
    """A tree as it is drawn: words, and the parts below."""
    if not isinstance(tree, Mapping):
        return None
    below = [drawn(child) for child in tree.get("all") or tree.get("of") or ()]
    return {"words": _words(tree), "parts": below}


def _words(tree: Mapping[str, Any]) -> str:
    if "all" in tree:
        told = _("All of these")
    elif "at_least" in tree:
        told = _("At least {count} of these").format(count=tree["at_least"])
    elif "course" in tree:
        told = tree["course"]
    elif "exam" in tree:
        told = _("Exam {code}").format(code=tree["exam"])
    else:
        told = _("Program {key}").format(key=tree["program"])
    more = []
    if "min_percent" in tree:
        more.append(_("at least {percent}%").format(percent=tree["min_percent"]))
    if "min_letter" in tree:
        more.append(_("at least {letter}").format(letter=tree["min_letter"]))
    if "valid_years" in tree:
        more.append(_("not older than {years} years").format(years=tree["valid_years"]))
    if "within_years" in tree:
        more.append(_("within {years} years").format(years=tree["within_years"]))
    return listed([told, *more])
