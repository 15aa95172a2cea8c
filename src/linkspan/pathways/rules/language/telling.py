"""A rule as a person without training reads it: «a course, at HES, with grade B or better».

For the terms of a pathway. Audits keep the words of `grammar.describe`: stored ones are replayed to the letter.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence, Territory, Tongue
from linkspan.pathways.rules.language.grammar import kind_of, named, path_of
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import (
    CLAUSES,
    LISTED,
    SCALES,
    as_date,
    in_words,
    joined,
    much,
    number,
    span_in_words,
)

AND, OR = Phrase("{first}; and {second}"), Phrase("{first}, or {second}")
ALSO, OTHER = Phrase("{first} and {second}"), Phrase("{first} or {second}")
#: A list of the record: one of its rows, none of them, and all.
ROW_WORDS: Mapping[str, tuple[Phrase, Phrase, Phrase]] = {
    "credentials": (Phrase("a credential"), Phrase("no credential"), Phrase("credentials")),
    "courses": (Phrase("a course"), Phrase("no course"), Phrase("courses")),
    "degrees": (Phrase("a degree"), Phrase("no degree"), Phrase("degrees")),
    "tests": (Phrase("a test"), Phrase("no test"), Phrase("tests")),
    "exams": (Phrase("an exam"), Phrase("no exam"), Phrase("exams")),
}
BOUNDS = {
    "==": Phrase("exactly {value}"),
    "!=": Phrase("any number other than {value}"),
    "<": Phrase("fewer than {value}"),
    "<=": Phrase("at most {value}"),
    ">": Phrase("more than {value}"),
    ">=": Phrase("at least {value}"),
}
#: Of whatever has no words of its own below.
COMPARED = {
    "==": Phrase("{what}: {value}"),
    "!=": Phrase("{what}: not {value}"),
    "<": Phrase("{what} below {value}"),
    "<=": Phrase("{what} {value} or less"),
    ">": Phrase("{what} above {value}"),
    ">=": Phrase("{what} {value} or more"),
    "in": Phrase("{what}: {value}"),
}
GRADED = {
    "==": Phrase("{what} {value}"),
    "!=": Phrase("{what} other than {value}"),
    "<": Phrase("{what} worse than {value}"),
    "<=": Phrase("{what} {value} or worse"),
    ">": Phrase("{what} better than {value}"),
    ">=": Phrase("{what} {value} or better"),
}
#: What is said of a value that is one, or one of some; by the field's name.
EQUAL = {
    "institution": Phrase("at {value}"),
    "issuer": Phrase("issued by {value}"),
    "program": Phrase("in the program {value}"),
    "id": Phrase("named {value}"),
    "name": Phrase("named {value}"),
    "title": Phrase("called {value}"),
    "country": Phrase("from {value}"),
    "language": Phrase("taught in {value}"),
    "field": Phrase("in the field of {value}"),
    "residence": Phrase("living in {value}"),
    "evaluation.by": Phrase("evaluated by {value}"),
    "level": Phrase("at {value} level"),
    "term": Phrase("taken in {value}"),
}
#: Codes that stand for names.
NAMED: Mapping[str, type[str]] = {"country": Territory, "residence": Territory, "language": Tongue}
YES = {
    "accredited": (
        Phrase("from an institution that was accredited then"),
        Phrase("from an institution not accredited"),
    ),
    "on_campus": (Phrase("taken on campus"), Phrase("not taken on campus")),
    "passed": (Phrase("passed"), Phrase("not passed")),
    "proctored": (Phrase("supervised by a proctor"), Phrase("without a proctor")),
    "identity_verified": (Phrase("with the identity confirmed"), Phrase("without the identity confirmed")),
    "evaluation.equivalent": (Phrase("found equal to a local degree"), Phrase("not found equal to a local degree")),
    "accommodations": (Phrase("with extra arrangements"), Phrase("without extra arrangements")),
}
WITH = {
    "grade": Phrase("with grade"),
    "average": Phrase("with an average of"),
    "experience_years": Phrase("years of work"),
    "credits": Phrase("credits"),
    "score": Phrase("with a score of"),
    "percent": Phrase("with a percentage of"),
    "attempt": Phrase("number of the attempt"),
    "used_for": Phrase("used for"),
    "status": Phrase("state"),
}
DAYS = {
    "completed": Phrase("completed"),
    "started": Phrase("begun"),
    "conferred": Phrase("conferred"),
    "awarded": Phrase("awarded"),
    "taken": Phrase("taken"),
    "application.date": Phrase("the day of the application"),
}
RECENT = Phrase("{what} in the last {span}")
LONG_AGO = {
    "<": RECENT,
    "<=": RECENT,
    ">": Phrase("{what} more than {span} ago"),
    ">=": Phrase("{what} at least {span} ago"),
    "==": Phrase("{what} exactly {span} ago"),
    "!=": Phrase("{what} not exactly {span} ago"),
}


def plainly(node: Node, whole: bool = False) -> str:
    """A node in plain words: its own text where it has one, or of the `whole` of it what is asked."""
    return _told(node, whole, "")


def _told(node: Node, whole: bool, rows: str) -> str:
    """The words of a node; `rows` is the list whose rows it is asked of."""
    text = node.get("text")
    if text is not None and not (whole and rows == "" and kind_of(node) != "unknown"):
        return text if isinstance(text, str) else str(text)
    match kind_of(node):
        case "all":
            return joined(_flat(node, whole, rows), LISTED if rows else AND)
        case "any":
            return _either(node["any"], whole, rows)
        case "at_least":
            of = joined((_inner(one, whole, rows) for one in node["of"]), CLAUSES)
            return Sentence("at_least", "at least {count} of these: {of}", count=node["at_least"], of=of)
        case "not":
            return _denied(node["not"], whole, rows)
        case "unknown":
            return str(node["unknown"])
        case "compare":
            return _compared(*node["compare"])
        case "age":
            path, op, span = node["age"]
            age = Sentence("age", LONG_AGO[op], what=_day(path), span=span_in_words(span))
            counted = Phrase("{age}, counted back from {day}")
            return Sentence("age_to", counted, age=age, day=_day(node["to"])) if "to" in node else age
        case "before":
            first, second = node["before"]
            return Sentence("before", "{first} before {second}", first=_day(first), second=_day(second))
        case kind:
            told = _rows(node, kind, whole)
            return Sentence("with_rows", "with {rows}", rows=told) if rows else told


def _either(nodes: list[Node], whole: bool, rows: str) -> str:
    """One of some: of rows, a group of plain conditions needs no brackets."""
    plain = rows and not any(_grouped(part) for one in nodes for part in one.get("all") or ())
    if not plain or not any(_grouped(one) for one in nodes):
        return joined((_inner(one, whole, rows) for one in nodes), OTHER if rows else OR)
    told = (joined((_inner(part, whole, rows) for part in one.get("all") or [one]), ALSO) for one in nodes)
    return joined(told, OR)


def _flat(node: Node, whole: bool, rows: str) -> Iterator[str]:
    """The conditions of an `all`, those of another `all` in it among them."""
    for one in node["all"]:
        if "all" in one and "text" not in one:
            yield from _flat(one, whole, rows)
        else:
            yield _inner(one, whole, rows)


def _inner(node: Node, whole: bool, rows: str) -> str:
    """A condition inside of a group: in brackets if it is a group itself."""
    told = _told(node, whole, rows)
    shown_whole = "text" not in node or (whole and rows == "")
    return Sentence("group", "({what})", what=told) if shown_whole and _grouped(node) else told


def _grouped(node: Node) -> bool:
    return any(len(under or ()) > 1 for under in (node.get("all"), node.get("any"), node.get("of")))


def _denied(node: Node, whole: bool, rows: str) -> str:
    if "before" in node and "text" not in node:
        first, second = node["before"]
        return Sentence("not_before", "{first} on {second} or later", first=_day(first), second=_day(second))
    if "exists" in node and ("text" not in node or whole):
        return _listed(node, 1, whole)
    return Sentence("not", "not: {what}", what=_told(node, whole, rows))


def _compared(path: str, op: str, value: Any) -> str:
    name = path.removeprefix("^.")
    if isinstance(value, bool) and name in YES and op in ("==", "!="):
        return YES[name][value is not (op == "==")]
    if op in ("==", "in") and name in EQUAL:
        return Sentence("is", EQUAL[name], value=_one_of(value, NAMED.get(name)))
    if (name, op, value) == ("status", "==", "active"):
        return Phrase("valid today")
    if (name, op) == ("level", ">="):
        return Sentence("level", "at {value} level or higher", value=in_words(value))
    if name == "experience_years" and op in BOUNDS and number(value) is not None:
        years = Sentence("work", "{years} of work", years=much(str(value), "years"))
        return Sentence("years_of_work", BOUNDS[op], value=years)
    if name.startswith("parts."):
        return Sentence("part", COMPARED[op], what=Phrase(name.removeprefix("parts.")), value=_one_of(value))
    if as_date(value) is not None:
        return Sentence("on_day", COMPARED[op], what=_day(path), value=value)
    return graded(_field(name), op, value)


def graded(what: str, op: str, value: object) -> Sentence:
    """What is compared, with a bound; of a grade «or better», with its scale where that has a name of its own."""
    if not isinstance(value, Mapping):
        return Sentence("bound", COMPARED[op], what=what, value=_one_of(value))
    bound = Sentence("bound", GRADED.get(op, COMPARED[op]), what=what, value=in_words(value))
    if value.get("scale") in SCALES:
        return bound
    return Sentence("on_scale", "{bound} on the {scale} scale", bound=bound, scale=value["scale"])


def _one_of(value: object, kind: type[str] | None = None) -> str:
    """A value, or one of some; codes of countries and languages as what faces know the names of."""
    if isinstance(value, list):
        return joined((_one_of(one, kind) for one in value), OTHER)
    return kind(value) if kind is not None and isinstance(value, str) else in_words(value)


def _field(path: str) -> str:
    """A field of the record for a reader; one that the record does not have as it is written."""
    return WITH.get(path) or DAYS.get(path) or named(path.replace(".", " "))


def _day(path_or_date: str) -> str:
    name = path_or_date.removeprefix("^.")
    return path_or_date if as_date(path_or_date) else DAYS.get(name) or named(name.replace(".", " "))


def _rows(node: Node, kind: str, whole: bool) -> str:
    if kind == "exists":
        return _listed(node, 0, whole)
    if kind == "count":
        return _counted(node, whole)
    path, _, field = path_of(node).rpartition(".")
    rows = _listed(node, 2, whole, path)
    if kind == "mean":
        what = graded(Phrase("an average grade of") if field == "grade" else _average(field), node["op"], node)
        words = Phrase("{what} over {rows}")
        if "by" in node:
            words = Phrase("{what} over {rows}, each counting by its {weight}")
        return Sentence("mean_of", words, what=what, rows=rows, weight=named(node.get("by", "")))
    value = BOUNDS[node["op"]]
    bound = Sentence("sum_bound", value, value=much(str(node["value"]), named(field)))
    return Sentence("sum_of", "{bound} in all from {rows}", bound=bound, rows=rows)


def _average(field: str) -> str:
    return Sentence("average_of", "an average {field} of", field=named(field))


def _counted(node: Node, whole: bool) -> str:
    """A number of rows: «at least 2 courses», «no degree»."""
    op, value, unit = node["op"], node["value"], node.get("unit", "")
    least = number(value)
    if (op in ("==", "<=") and least == 0) or (op == "<" and least == 1):
        return _listed(node, 1, whole)
    if (op == ">=" and least == 1) or (op == ">" and least == 0):
        return _listed(node, 0, whole)
    name = node["count"].removeprefix("^.").rpartition(".")[2]
    amount = much(str(value), unit if unit == "attempts" else name if name in ROW_WORDS else "")
    if name not in ROW_WORDS and unit != "attempts":
        amount = Sentence("rows", "{amount} {rows}", amount=amount, rows=named(name))
    return _asked_of(Sentence("count_bound", BOUNDS[op], value=amount), node, name, whole)


def _listed(node: Node, form: int, whole: bool, path: str = "") -> str:
    """Rows of a list with what is asked of them: one, none or all."""
    name = (path or path_of(node)).removeprefix("^.").rpartition(".")[2]
    return _asked_of(ROW_WORDS[name][form] if name in ROW_WORDS else named(name), node, name, whole)


def _asked_of(rows: str, node: Node, name: str, whole: bool) -> str:
    if "where" not in node:
        return rows
    where = node["where"]
    told = _told(where, whole, name)
    return Sentence("rows_with", LISTED, first=rows, second=told)
