"""The form of a draft: made from a document, read back into one. Plain fields, no script."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from linkspan.pathways.rules import Problem
from linkspan.web.agreements import clauses as kinds
from linkspan.web.agreements.fields import Field, Words, is_day, look, put, read, show

MOST_ROWS = 200
#: The kinds of fields with several lines.
AREAS = frozenset({"area", "lines", "lists", "tests", "gives", "bands", "json"})
#: Terms that list courses by their codes, and those that name one thing of a catalogue.
COURSES = frozenset({"any_of", "each_of", "all_of", "block", "courses"})
CODES: Mapping[str, str] = {"program": "programs", "course": "courses"}
RULE_HEAD = (kinds.CLAUSE, kinds.WORDS)


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the page shows it."""

    name: str
    field: Field
    value: str
    error: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What can be chosen; empty where one writes."""
        return ("yes", "no") if self.field.kind == "flag" else self.field.options

    @property
    def picks(self) -> str:
        """From which catalogue a code can be picked for it; empty if it names no code."""
        if self.field.kind == "items" and self.field.place[-1] in COURSES:
            return "courses"
        return CODES.get(self.field.place[-1], "") if self.field.kind == "text" else ""

    @property
    def is_area(self) -> bool:
        """Whether it has several lines."""
        return self.field.kind in AREAS

    @property
    def is_date(self) -> bool:
        """Whether a browser can show it as a date; it would empty the field of what is none."""
        return self.field.kind == "date" and (not self.value or is_day(self.value))


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together: a clause, or the head of a section. `prefix` names it in the form."""

    legend: str
    inputs: tuple[Input, ...]
    prefix: str = ""
    kind: str = ""
    clause: str = ""
    place: int = 0

    @property
    def is_strange(self) -> bool:
        """Whether it is a clause of a kind that this form does not know: kept as it is, or removed."""
        return bool(self.prefix) and not self.kind


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form; `adds` are the kinds of clauses that can be added to it."""

    title: Words
    groups: tuple[Group, ...]
    adds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the document as clauses of a form: its fields before and after those of each row's kind."""

    name: str
    path: tuple[str, ...]
    title: Words
    head: tuple[Field, ...]
    by_kind: Mapping[str, tuple[Field, ...]]
    tail: tuple[Field, ...] = ()
    nested: bool = False
    several: bool = False

    def fields(self, row: Mapping[str, Any]) -> tuple[Field, ...]:
        """All fields of a row, with where their values stand; none of a strange one. It may be of `several` kinds."""
        kinds_of_row = [kind for kind in self.by_kind if kind in row] if self.several else [self.kind_of(row)]
        if not any(kinds_of_row):
            return ()
        own = [field for kind in kinds_of_row for field in self._own(kind)]
        return (*self.head, *own, *self.tail)

    def _own(self, kind: str) -> tuple[Field, ...]:
        own = self.by_kind.get(kind, ())
        if self.nested and kind not in ("rule", "unknown"):
            own = tuple(replace(field, name=f"{kind}_{field.name}", path=(kind, *field.place)) for field in own)
        return own

    def kind_of(self, row: Mapping[str, Any]) -> str:
        """Which kind a row of the document is; empty if it is none that the form knows."""
        alone = next((kind for kind, own in self.by_kind.items() if not own), "")
        return next((kind for kind in self.by_kind if kind in row), alone)


FLAT = (
    (_("Parties and programs"), kinds.IDENTITY),
    (_("In force"), kinds.TIME),
    (_("Entry, seats and appeals"), kinds.ENTRY),
    (_("Tuition"), kinds.MONEY),
    (_("Units"), kinds.UNITS),
    (_("Grades, attempts and age"), kinds.GRADES),
)
LISTS = (
    Rows("slots", ("receiving", "slots"), _("Places in the degree"), kinds.SLOT, {"slot": ()}),
    Rows("sending_names", ("sending", "aliases"), _("Other names of the sending program"), kinds.ALIAS, {"alias": ()}),
    Rows(
        "receiving_names",
        ("receiving", "aliases"),
        _("Other names of the receiving degree"),
        kinds.ALIAS,
        {"alias": ()},
    ),
    Rows(
        "requirements",
        ("requirements",),
        _("What is required"),
        RULE_HEAD,
        kinds.REQUIREMENTS,
        (kinds.NOTE,),
        nested=True,
    ),
    Rows(
        "after_admission",
        ("after_admission",),
        _("What is looked at after admission"),
        RULE_HEAD,
        kinds.REQUIREMENTS,
        (kinds.NOTE,),
        nested=True,
    ),
    Rows(
        "recognition", ("recognition",), _("What is recognised"), (kinds.CLAUSE,), kinds.RECOGNITION, kinds.RECOGNISED
    ),
    Rows("relief", ("relief",), _("What is relieved in admission"), RULE_HEAD, {"relief": ()}),
    Rows("caps", ("caps",), _("Limits"), (kinds.CLAUSE,), kinds.CAPS, kinds.LIMITED, several=True),
    Rows("sequence", ("sequence",), _("Order of the courses"), (*RULE_HEAD, *kinds.SEQUENCE), {"sequence": ()}),
    Rows("inherits", ("inherits",), _("Policies that are taken in"), kinds.INHERITED, {"policy": ()}),
    Rows(
        "conversions",
        ("units", "conversions"),
        _("Conversion of credits"),
        (kinds.CLAUSE, *kinds.CONVERSION),
        {"conversion": ()},
    ),
    Rows("scales", ("scales",), _("Scales of grades"), kinds.SCALE, {"scale": ()}),
    Rows("grade_maps", ("grade_maps",), _("Conversion of grades"), (kinds.CLAUSE, *kinds.GRADE_MAP), {"mapping": ()}),
    Rows("fees", ("fees",), _("Fees"), kinds.FEE, {"fee": ()}),
    Rows("windows", ("windows",), _("Application windows"), kinds.WINDOW, {"window": ()}),
    Rows("reserves", ("reserves",), _("Reserved seats"), kinds.RESERVE, {"reserve": ()}),
    Rows("unknown_terms", ("unknown_terms",), _("Terms that are not public"), kinds.UNKNOWN_TERM, {"term": ()}),
    Rows("holds", ("holds",), _("When a person must look at a case first"), RULE_HEAD, {"rule": kinds.HOLD}),
)
EXPERT = Field("expert", _("Everything else, as JSON"), "json")
#: What the server writes, not a person.
NOT_WRITTEN = frozenset({"id", "version", "status", "policies", "format"})


def form_of(
    document: Mapping[str, Any],
    posted: Mapping[str, str],
    errors: Mapping[str, str],
    policies: Sequence[str] = (),
) -> list[Section]:
    """The sections of the form; what was posted and its errors stand before what is saved.

    `policies` are the identifiers that an agreement of these parties can take in.
    """

    def shown(prefix: str, fields: tuple[Field, ...], holder: Mapping[str, Any]) -> tuple[Input, ...]:
        return tuple(
            _input(
                name, field, posted.get(name, show(field, look(holder, field.place))), errors.get(name, ""), policies
            )
            for field in fields
            for name in (f"{prefix}{field.name}",)
        )

    found = [Section(title, (Group("", shown("", fields, document)),)) for title, fields in FLAT]
    for rows in LISTS:
        groups = []
        for number, row in enumerate(_rows(document, rows)):
            kind, prefix = rows.kind_of(row), f"{rows.name}-{number}-"
            clause = _called(row) or str(number + 1)
            groups.append(Group(kind, shown(prefix, rows.fields(row), row), prefix, kind, clause, number + 1))
        adds = tuple((f"{rows.name}:{kind}", kind) for kind in rows.by_kind)
        found.append(Section(rows.title, tuple(groups), adds))
    rest = shown("", (EXPERT,), {"expert": _rest(document) or None})
    found.append(Section(_("For experts"), (Group("", rest),)))
    return found


@dataclass(frozen=True, slots=True)
class PartOfForm:
    """A part as the list of parts names it: its number, how many clauses stand in it, and how many have a problem."""

    number: int
    title: Words
    clauses: int
    problems: int


def parts_of(sections: Sequence[Section], problems: Sequence[Problem]) -> list[PartOfForm]:
    """The parts of the form in their order; a problem counts in each part that has one of its clauses."""
    wrong = {clause for problem in problems for clause in problem.clauses}
    return [
        PartOfForm(
            number,
            section.title,
            sum(bool(group.prefix) for group in section.groups),
            sum(bool(group.prefix) and group.clause in wrong for group in section.groups),
        )
        for number, section in enumerate(sections, 1)
    ]


def _input(name: str, field: Field, value: str, error: str, policies: Sequence[str]) -> Input:
    """The field; a list of choices holds what is written already, so that a browser shows and keeps it."""
    options = tuple(policies) if field is kinds.INHERITED[0] else field.options
    if options and value and value not in options:
        field = replace(field, options=(*options, value))
    elif options != field.options:
        field = replace(field, options=options)
    return Input(name, field, value, error)


def _called(row: Mapping[str, Any]) -> str:
    """What a row is called: by its clause, or by what it is about."""
    names = ("clause", "term", "slot", "policy", "what", "program", "group", "name")
    return next((str(row[name]) for name in names if row.get(name)), "")


def document_of(saved: Mapping[str, Any], posted: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The document that the form stands for, over what was saved, and the errors by field.

    What was left as it was shown, or not posted at all, stays to the letter and in its place.
    """
    errors: dict[str, str] = {}
    document = dict(saved)
    for name, rest in _written(EXPERT, "expert", posted, errors, _rest(saved) or None):
        if isinstance(rest, dict):
            others = {name: value for name, value in rest.items() if name not in _covered()}
            document = {
                name: value for name, value in document.items() if name in _covered() or name in others
            } | others
        elif rest is None:
            document = {name: value for name, value in document.items() if name in _covered()}
        else:
            errors[name] = str(_("Write an object: {...}"))
    for _title, fields in FLAT:
        for field in fields:
            for _name, value in _written(field, field.name, posted, errors, look(saved, field.place)):
                put(document, field.place, value)
    for rows in LISTS:
        before, made = _rows(saved, rows), _in_places(rows, list(_read_rows(rows, saved, posted, errors)), posted)
        if made != before:
            put(document, rows.path, made or None)
    document.setdefault("requirements", [])
    return document, errors


def _in_places(rows: Rows, made: list[dict[str, Any]], posted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The clauses of a list, each that was given another place moved there; a new one stays last."""
    kept = [number for number in range(MOST_ROWS) if not posted.get(f"{rows.name}-{number}-remove")]
    standing = list(zip(kept, made, strict=False))
    for number, row in standing:
        place = posted.get(f"{rows.name}-{number}-place", "").strip()
        if place.isascii() and place.isdecimal() and len(place) < 4 and int(place) != number + 1:
            at = next(index for index, one in enumerate(made) if one is row)
            made.insert(max(0, int(place) - 1), made.pop(at))
    return made


def _read_rows(
    rows: Rows, saved: Mapping[str, Any], posted: Mapping[str, str], errors: dict[str, str]
) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_rows(saved, rows)):
        prefix = f"{rows.name}-{number}-"
        if posted.get(f"{prefix}remove"):
            continue
        made = dict(row)
        for field in rows.fields(row):
            for _name, value in _written(field, f"{prefix}{field.name}", posted, errors, look(row, field.place)):
                put(made, field.place, value)
        kind = rows.kind_of(row)
        told = any(name in made for name in (rows.by_kind if rows.several else (kind,)))
        if kind and rows.by_kind[kind] and not told:
            made[kind] = _empty(rows, kind)
        yield made
    name, _colon, kind = posted.get("add", "").partition(":")
    if name == rows.name and kind in rows.by_kind and len(_rows(saved, rows)) < MOST_ROWS:
        yield _new_row(rows, kind, saved)


def _new_row(rows: Rows, kind: str, saved: Mapping[str, Any]) -> dict[str, Any]:
    """An empty clause with the next free number; its kind is told by its key."""
    row: dict[str, Any] = {}
    if kinds.CLAUSE in rows.head:
        taken = [str(held.get("clause", "")) for each in LISTS for held in _rows(saved, each)]
        row["clause"] = str(max([int(clause) for clause in taken if clause.isdigit()], default=0) + 1)
    if rows.by_kind[kind]:
        row[kind] = _empty(rows, kind)
    return row


def _empty(rows: Rows, kind: str) -> Any:
    """What says the kind of a clause of which nothing is written yet."""
    if rows.nested and kind != "unknown":
        return {}
    return [] if rows.by_kind[kind][0].kind == "items" else ""


def _written(
    field: Field, name: str, posted: Mapping[str, str], errors: dict[str, str], saved: Any
) -> Iterator[tuple[str, Any]]:
    """The field's name and what was written in it; nothing if it was left as it was shown, or cannot be read."""
    shown, pick = show(field, saved), posted.get(f"{name}-pick", "").strip()
    if name not in posted:
        return
    sent = ", ".join(filter(None, (posted[name].strip(), pick))) if pick else posted[name]
    if _as_sent(field, sent) == _as_sent(field, shown):
        return
    try:
        yield name, read(field, sent.replace("\r\n", "\n"))
    except ValueError as error:
        errors[name] = str(error)


def _as_sent(field: Field, text: str) -> str:
    """The text as each browser sends it: line ends of one kind, none in a field of one line, none at the start."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.lstrip("\n") if field.kind in AREAS else lines.replace("\n", "")


def _rows(document: Mapping[str, Any], rows: Rows) -> list[Mapping[str, Any]]:
    value = look(document, rows.path)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _covered() -> frozenset[str]:
    flat = {field.place[0] for _title, fields in FLAT for field in fields}
    return frozenset(flat | {rows.path[0] for rows in LISTS} | NOT_WRITTEN)


def _rest(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _covered()}
