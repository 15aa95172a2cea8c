"""How an item of QTI is scored, as far as questions here can be: by its key, by a mapping, or by what we write."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from linkspan.exams.engines.qti.names import attributes, child, children, inner, name_of, text_of
from linkspan.exams.engines.qti.package import NotTaken
from linkspan.kernel.reasons import Sentence

BY_KEY = {"match_correct", "CC2_match_basic", "CC2_match"}
BY_MAP = {"map_response", "CC2_map_response"}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a response may be: its key, its mapping, and whether a mapping ignores case."""

    id: str
    cardinality: str
    base: str
    correct: tuple[str, ...]
    mapping: Mapping[str, Decimal]
    lower: Decimal | None
    default: Decimal
    cased: bool


@dataclass(frozen=True, slots=True)
class Scoring:
    """`way`: key, map, places, near, formula or people; with what that needs."""

    way: str
    tolerance: str = ""
    variables: str = ""


def declared(root: Any, identifier: str, line: int, exact: bool = False) -> Declared:
    """The response of an interaction; NotTaken if it is not declared, or another is besides."""
    held = children(root, "response-declaration")
    found = [one for one in held if attributes(one).get("identifier") == identifier]
    if len(found) != 1:
        raise NotTaken(
            Sentence("qti_undeclared", "the response {name} is not declared once", name=identifier[:60]), line
        )
    if len(held) > 1:
        raise NotTaken(Sentence("qti_responses", "it has more than one response"), held[1].sourceline)
    told, correct, mapping = attributes(found[0]), child(found[0], "correct-response"), child(found[0], "mapping")
    entries = children(mapping, "map-entry") if mapping is not None else []
    told_map = attributes(mapping) if mapping is not None else {}
    return Declared(
        identifier,
        told.get("cardinality", ""),
        told.get("base-type", ""),
        tuple(text_of(one, exact) for one in children(correct, "value")) if correct is not None else (),
        {attributes(one).get("map-key", ""): _number(attributes(one).get("mapped-value"), one) for one in entries},
        _number(told_map["lower-bound"], mapping) if "lower-bound" in told_map else None,
        _number(told_map.get("default-value", "0"), mapping),
        any(attributes(one).get("case-sensitive", "true") != "false" for one in entries),
    )


def _number(given: str | None, at: Any) -> Decimal:
    try:
        found = Decimal(given or "")
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite():
        raise NotTaken(Sentence("qti_mapped", "a mapped value is not a number"), at.sourceline)
    return found


def scoring_of(root: Any) -> Scoring:
    """How the item is scored; NotTaken for what cannot be worked out here."""
    held = child(root, "response-processing")
    if held is None or (not len(held) and "template" not in attributes(held)):
        return Scoring("people")
    if template := attributes(held).get("template", ""):
        name = template.rpartition("/")[2].removesuffix(".xml")
        if name in BY_KEY | BY_MAP:
            return Scoring("key" if name in BY_KEY else "map")
        raise NotTaken(Sentence("qti_scoring", "the scoring {name} is not known here", name=name[:60]), held.sourceline)
    conditions = children(held, "response-condition")
    tests = [inner_test(one) for one in conditions]
    if len(conditions) != len(held) or not tests or None in tests:
        raise NotTaken(Sentence("qti_own_scoring", "its scoring is written in a way of its own"), held.sourceline)
    kinds = {name_of(one) for one in tests}
    if kinds == {"match"} and all(len(inner(one, "index")) == 2 for one in tests):
        return Scoring("places")
    if len(tests) == 1:
        return _single(tests[0], held.sourceline)
    raise NotTaken(Sentence("qti_own_scoring", "its scoring is written in a way of its own"), held.sourceline)


def inner_test(condition: Any) -> Any:
    """What a condition asks."""
    asked = child(condition, "response-if")
    return asked[0] if asked is not None and len(asked) and isinstance(asked[0].tag, str) else None


def _single(test: Any, line: int) -> Scoring:
    told, parts = attributes(test), {name_of(one) for one in test}
    if name_of(test) == "match" and parts == {"variable", "correct"}:
        return Scoring("key")
    if name_of(test) == "equal" and parts == {"variable", "correct"}:
        return Scoring("near", _tolerance(told, line))
    if name_of(test) == "custom-operator" and told.get("class") == "linkspan.formula":
        return Scoring("formula", told.get("data-tolerance", ""), told.get("data-variables", ""))
    raise NotTaken(Sentence("qti_own_scoring", "its scoring is written in a way of its own"), line)


def _tolerance(told: Mapping[str, str], line: int) -> str:
    mode, both = told.get("tolerance-mode", "exact"), told.get("tolerance", "").split()
    if mode == "exact":
        return ""
    if mode not in ("absolute", "relative") or not both or len(set(both)) != 1:
        raise NotTaken(Sentence("qti_tolerance", "its tolerance is not the same on both sides"), line)
    return both[0] + ("%" if mode == "relative" else "")
