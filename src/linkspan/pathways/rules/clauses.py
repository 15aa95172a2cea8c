"""The kinds of clauses a registrar writes without the rule language, and the rule that each stands for.

A requirement names exactly one kind. `rule_of` gives the tree that every engine evaluates, so a kind adds no meaning of
its own. Sources of the kinds: what published pathway terms ask for (docs/formats/agreement.md).
"""

from collections.abc import Callable, Mapping
from typing import Any

from linkspan.pathways.rules.shape import (
    Amount,
    Day,
    Flag,
    Grade,
    ListOf,
    Record,
    Rule,
    Shape,
    Since,
    Span,
    Text,
    Whole,
)
from linkspan.pathways.rules.values import LEVELS

Node = dict[str, Any]
Terms = Mapping[str, Any]

CREDENTIAL = Record(may={"min_exam": Grade(), "proctored": Flag(), "identity_verified": Flag()})
PRIOR_DEGREE = Record(
    needed={"level": Text(tuple(LEVELS))},
    may={
        "accredited_when_attended": Flag(),
        "conferred_before": Text(),
        "not_in_fields": ListOf(Text(), 1),
        "not_in_fields_from_level": Text(tuple(LEVELS)),
        "foreign_evaluation_by": ListOf(Text(), 1),
        "home_countries": ListOf(Text(), 1),
        "min_average": Grade(),
        "or_experience_years": Amount(),
    },
)
TEST = Record(
    needed={"name": Text(), "score": Amount()}, may={"parts": ListOf(Record({"name": Text(), "score": Amount()}))}
)
LANGUAGE = Record(
    needed={"tests": ListOf(TEST, 1)},
    may={
        "valid_for": Span(),
        "exempt_residence": ListOf(Text(), 1),
        "exempt_degree_countries": ListOf(Text(), 1),
        "exempt_degree_languages": ListOf(Text(), 1),
    },
)
BRIDGE = Record(
    needed={"institution": Text()},
    may={
        "courses": ListOf(Text(), 1),
        "count": Whole(1, 50),
        "min_grade": Grade(),
        "attempts": Whole(1, 50),
        "within": Span(),
        "on_campus": Flag(),
        "not_before": Day(),
    },
)
EXPERIENCE = Record(needed={"years": Amount()})
COURSES = Record(
    needed={"institution": Text()},
    may={
        "any_of": ListOf(Text(), 1),
        "each_of": Since(2, ListOf(Text(), 1)),
        "count": Whole(1, 100),
        "min_grade": Grade(),
        "valid_for": Span(),
    },
)


def _credential(terms: Terms, agreement: Terms) -> Node:
    sending = agreement["sending"]
    names = [{"institution": sending["institution"], "program": sending["program"]}, *(sending.get("aliases") or [])]
    named = [
        _every(_is("issuer", name.get("institution", sending["institution"])), _is("program", name["program"]))
        for name in names
    ]
    where = [_either(named), _is("status", "active")]
    exam: list[Node] = []
    if "min_exam" in terms:
        exam.append({"compare": ["grade", ">=", terms["min_exam"]]})
    exam += [_is(flag, terms[flag]) for flag in ("proctored", "identity_verified") if flag in terms]
    if exam:
        where.append({"exists": "exams", "where": _every(*exam)})
    return {"exists": "credentials", "where": _every(*where)}


def _prior_degree(terms: Terms, agreement: Terms) -> Node:
    where: list[Node] = [{"compare": ["level", ">=", terms["level"]]}]
    if terms.get("accredited_when_attended"):
        where.append(_is("accredited", True))
    if "conferred_before" in terms:
        where.append({"before": ["conferred", _reference(terms["conferred_before"])]})
    if "min_average" in terms:
        where.append({"compare": ["average", ">=", terms["min_average"]]})
    if "foreign_evaluation_by" in terms:
        countries = terms.get("home_countries") or [agreement["receiving"].get("country", "US")]
        home: Node = {"compare": ["country", "in", countries]}
        by = {"compare": ["evaluation.by", "in", terms["foreign_evaluation_by"]]}
        where.append({"any": [home, _every(by, _is("evaluation.equivalent", True))]})
    degree: Node = {"exists": "degrees", "where": _every(*where)}
    if "or_experience_years" in terms:
        years = {"compare": ["experience_years", ">=", terms["or_experience_years"]], "unit": "years of work"}
        degree = {"any": [degree, years]}
    if "not_in_fields" not in terms:
        return degree
    level = terms.get("not_in_fields_from_level", "master")
    same = _every({"compare": ["level", ">=", level]}, {"compare": ["field", "in", terms["not_in_fields"]]})
    return {"all": [degree, {"count": "degrees", "where": same, "op": "==", "value": 0}]}


def _language(terms: Terms, agreement: Terms) -> Node:
    ways: list[Node] = []
    for test in terms["tests"]:
        where = [_is("name", test["name"]), {"compare": ["score", ">=", test["score"]], "unit": "points"}]
        where += [
            {"compare": [f"parts.{part['name']}", ">=", part["score"]], "unit": f"points in {part['name']}"}
            for part in test.get("parts", ())
        ]
        if "valid_for" in terms:
            where.append({"age": ["taken", "<=", terms["valid_for"]]})
        ways.append({"text": f"{test['name']} {test['score']}", "exists": "tests", "where": _every(*where)})
    if "exempt_residence" in terms:
        exempt = {"compare": ["residence", "in", terms["exempt_residence"]]}
        ways.append({"text": "residence in an exempt country", **exempt})
    for field, name in (("country", "countries"), ("language", "languages")):
        if f"exempt_degree_{name}" in terms:
            among = {"compare": [field, "in", terms[f"exempt_degree_{name}"]]}
            ways.append({"text": f"a degree from an exempt {field}", "exists": "degrees", "where": among})
    return _either(ways)


def _bridge(terms: Terms, agreement: Terms) -> Node:
    where: list[Node] = [_is("institution", terms["institution"])]
    if "courses" in terms:
        where.append({"compare": ["id", "in", terms["courses"]]})
    tried = _every(*where)
    if "min_grade" in terms:
        where.append({"compare": ["grade", ">=", terms["min_grade"]]})
    if "on_campus" in terms:
        where.append(_is("on_campus", terms["on_campus"]))
    if "not_before" in terms:
        where.append({"not": {"before": ["started", terms["not_before"]]}})
    if "within" in terms:
        where.append({"age": ["completed", "<=", terms["within"]]})
    many, each = terms.get("count", 1), _every(*where)
    passed: Node = {"count": "courses", "where": each, "op": ">=", "value": many, "unit": "courses"}
    if many == 1:
        passed = {"exists": "courses", "where": each}
    if "attempts" not in terms:
        return passed
    limit: Node = {"count": "courses", "where": tried, "op": "<=", "value": terms["attempts"], "unit": "attempts"}
    return {"all": [passed, limit]}


def _courses(terms: Terms, agreement: Terms) -> Node:
    """So many of the courses (`any_of`, or any of the institution), and every one of `each_of`."""
    each: list[Node] = []
    if "min_grade" in terms:
        each.append({"compare": ["grade", ">=", terms["min_grade"]]})
    if "valid_for" in terms:
        each.append({"age": ["completed", "<=", terms["valid_for"]]})
    there = _is("institution", terms["institution"])
    asked: list[Node] = [
        {"text": course, "exists": "courses", "where": _every(there, _is("id", course), *each)}
        for course in terms.get("each_of", ())
    ]
    if not asked or {"any_of", "count"} & set(terms):
        among: list[Node] = [{"compare": ["id", "in", terms["any_of"]]}] if "any_of" in terms else []
        where = _every(there, *among, *each)
        count = {"op": ">=", "value": terms.get("count", 1), "unit": "courses"}
        asked.append({"count": "courses", "where": where, **count})
    return _every(*asked)


def _experience(terms: Terms, agreement: Terms) -> Node:
    return {"compare": ["experience_years", ">=", terms["years"]], "unit": "years of work"}


def _is(path: str, value: Any) -> Node:
    return {"compare": [path, "==", value]}


def _every(*nodes: Node) -> Node:
    return nodes[0] if len(nodes) == 1 else {"all": list(nodes)}


def _either(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else {"any": nodes}


def _reference(text: str) -> str:
    """A date, or a path of the record: inside a row it starts at the record."""
    return text if text[:1].isdigit() or text.startswith("^.") else f"^.{text}"


KINDS: Mapping[str, tuple[Shape, Callable[[Terms, Terms], Node]]] = {
    "credential": (CREDENTIAL, _credential),
    "prior_degree": (PRIOR_DEGREE, _prior_degree),
    "language": (LANGUAGE, _language),
    "bridge": (BRIDGE, _bridge),
    "courses": (COURSES, _courses),
    "experience": (EXPERIENCE, _experience),
}
#: The shape of a requirement: a clause, its text, and what it asks for.
REQUIREMENT = Record(
    needed={"clause": Text()},
    may={"text": Text(), "from": Text(), "note": Text()},
    one_of={"rule": Rule(), "unknown": Text(), **{name: shape for name, (shape, _) in KINDS.items()}},
    open=True,
)


def rule_of(requirement: Terms, agreement: Terms) -> Mapping[str, Any]:
    """The tree of the rule language that a requirement stands for."""
    if "rule" in requirement:
        tree: Mapping[str, Any] = requirement["rule"]
        return tree
    if "unknown" in requirement:
        return {"unknown": requirement["unknown"]}
    kind = next(name for name in KINDS if name in requirement)
    return KINDS[kind][1](requirement[kind], agreement)
