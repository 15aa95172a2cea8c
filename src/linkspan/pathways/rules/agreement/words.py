"""An agreement in words, clause by clause, and the difference of two versions in words.

Each line is a message id with its values, so that a page can say it in the reader's language; the difference compares
what it says in English.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.agreement.kinds import KINDS
from linkspan.pathways.rules.language.grammar import describe
from linkspan.pathways.rules.language.typed import _
from linkspan.pathways.rules.language.values import CLAUSES, joined, much
from linkspan.pathways.rules.language.values import in_words as value_in_words


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of an agreement: its clause (empty if it has none), a message id and what fills it."""

    section: str
    clause: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def in_words(self) -> Sentence:
        """The statement, which a page can tell in the reader's language."""
        return Sentence("line", self.text, **self.values)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a clause: added, removed or changed; the two wordings."""

    section: str
    clause: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """Which of the three."""
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


PARTIES, TIME = _("Parties and programs"), _("In force")
SPACED = Phrase("{first} {second}")
LATER = _("What is required after admission")
REQUIRED, RECOGNISED, LIMITS = _("What is required"), _("What is recognised"), _("Limits")
ENTRY, MONEY, OTHER = _("Entry, windows and seats"), _("Tuition and fees"), _("Other terms")
CAP_WORDS = {
    "max_recognised_credits": _("At most {value} credits are recognised"),
    "max_recognised_courses": _("At most {value} courses are recognised"),
    "max_fraction_external": _("At most {value} of the degree may come from elsewhere"),
    "residency_min_credits": _("At least {value} credits are earned at the school itself"),
    "exclusive_with": _("Not together with credit recognised under {value}"),
    "max_double_counted_courses": _("At most {value} courses may count for another degree too"),
    "max_double_counted_credits": _("At most {value} credits may count for another degree too"),
    "not_used_for_degree": _("Courses that already counted for a degree are not recognised: {value}"),
    "unknown": _("A limit that is not public: {value}"),
}
#: Fields that a line of its own says; what is left is told as it stands.
TOLD = frozenset(
    {"id", "version", "status", "title", "sending", "receiving", "valid_from", "valid_to", "requirements"}
    | {"recognition", "caps", "tuition", "bridge", "windows", "seats", "appeal_days", "appeals", "field", "language"}
    | {"country", "delivery", "note", "holds", "type", "relief", "sequence", "fees", "units", "grade_maps"}
    | {"inherits", "policies", "after_admission", "unknown_terms"}
)


def agreement_in_words(document: Mapping[str, Any]) -> tuple[Line, ...]:
    """Every statement of an agreement; of an unfinished draft, what is there."""
    return tuple(line for tell in TELLERS for line in _safely(tell, document))


def _safely(tell: Callable[[Mapping[str, Any]], Iterator[Line]], document: Mapping[str, Any]) -> list[Line]:
    """What can be told of one part; an unfinished draft may hold values that no sentence fits."""
    found: list[Line] = []
    try:
        found.extend(tell(document))
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        found.append(Line(OTHER, "", _("A part of this draft cannot be told in words yet: see the check.")))
    return found


def difference_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The clauses that differ, in the order of the later version; a rule that changed under the same text shows too."""
    old, new = _by_clause(before), _by_clause(after)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) != new.get(key):
            found.append(Difference(*key, joined(old.get(key, ()), CLAUSES), joined(new.get(key, ()), CLAUSES)))
    return tuple(found)


#: What a difference is about where it has no clause: a line's words before its value.
HEADINGS = (_("From"), _("Until the day before"), _("Note"), _("Field"), _("Delivery"), _("Size of the degree"))


def _by_clause(document: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for line in agreement_in_words(document):
        key = (line.section, line.clause or Phrase(line.text.partition("{")[0].strip(" :")))
        found.setdefault(key, []).append(line.in_words())
    return found


def _parties(document: Mapping[str, Any]) -> Iterator[Line]:
    for side, text in (
        ("sending", _("Credits come from {program} of {institution}")),
        ("receiving", _("The degree is {program} at {institution}")),
    ):
        party = document.get(side) or {}
        if party.get("institution"):
            program = str(party.get("title") or party.get("program") or "")
            yield Line(PARTIES, "", text, {"program": program, "institution": str(party["institution"])})
    receiving = document.get("receiving") or {}
    if receiving.get("credits"):
        size = {"credits": str(receiving["credits"]), "courses": str(receiving.get("courses") or "?")}
        yield Line(PARTIES, "", _("Size of the degree: {credits} credits in {courses} courses"), size)
    for slot in receiving.get("slots") or ():
        values = {"slot": str(slot.get("title") or slot.get("slot")), "courses": str(slot.get("courses", "?"))}
        named = Sentence("slot", "slot {slot}", slot=slot.get("slot"))
        yield Line(PARTIES, named, _("{slot}: {courses} courses"), values)
    if document.get("type"):
        yield Line(PARTIES, "", _("It gives: {value}"), {"value": _spoken(str(document["type"]))})
    for name, text in (
        ("field", _("Field: {value}")),
        ("language", _("Language: {value}")),
        ("country", _("Country: {value}")),
        ("delivery", _("Delivery: {value}")),
        ("note", _("Note: {value}")),
    ):
        if document.get(name):
            yield Line(PARTIES, "", text, {"value": str(document[name])})


def _time(document: Mapping[str, Any]) -> Iterator[Line]:
    if document.get("valid_from"):
        yield Line(TIME, "", _("From {value} on"), {"value": str(document["valid_from"])})
    if document.get("valid_to"):
        yield Line(TIME, "", _("Until the day before {value}"), {"value": str(document["valid_to"])})


def _requirements(document: Mapping[str, Any]) -> Iterator[Line]:
    for section, name in ((REQUIRED, "requirements"), (LATER, "after_admission")):
        for row in document.get(name) or ():
            clause, rule = str(row.get("clause", "")), requirement_in_words(row)
            text = row.get("text")
            if text in (None, "", rule):
                yield Line(section, clause, "{text}", {"text": rule})
            else:
                yield Line(section, clause, _("{text} (as a rule: {rule})"), {"text": str(text), "rule": rule})


def requirement_in_words(row: Mapping[str, Any]) -> str:
    """What a requirement asks for, from its rule or its typed terms."""
    if "unknown" in row:
        return Sentence("not_public", "not public: {what}", what=row["unknown"])
    if isinstance(row.get("rule"), dict):
        try:
            return describe(row["rule"])
        except (StopIteration, KeyError, TypeError, ValueError, AttributeError):
            return _plain(row["rule"])
    terms = {name: value for name, value in row.items() if name not in ("clause", "text", "note", "from")}
    return joined((_asked(name, value) for name, value in terms.items()), CLAUSES)


def _asked(name: str, value: Any) -> str:
    """What a kind of clause asks, by the labels of its terms; what no kind knows as it stands."""
    if name not in KINDS or not isinstance(value, Mapping):
        return _labelled(_spoken(name), _plain(value))
    stated = KINDS[name].terms()
    labels = {term: Phrase(stated[term].label) if term in stated else _spoken(str(term)) for term in value}
    listed = joined(_labelled(labels[term], _plain(value[term])) for term in value)
    return _labelled(Phrase(_spoken(name).capitalize()), listed)


def _labelled(label: str, value: str) -> str:
    return Sentence("labelled", "{label}: {value}", label=label, value=value)


#: What a use of a recognition is, by its kind; what it gives follows.
KIND_WORDS = {
    "any_of": _("{times} of {courses}: {gives}"),
    "each_of": _("Each of {courses}: {gives}"),
    "course": _("{courses}: {gives}"),
    "all_of": _("{courses} together: {gives}"),
    "block": _("The credential as a whole, with {courses}: {gives}"),
    "unknown": _("Not public: {unknown}"),
}


def _recognition(document: Mapping[str, Any]) -> Iterator[Line]:
    for row in document.get("recognition") or ():
        clause, kind = str(row.get("clause", "")), next((name for name in KIND_WORDS if name in row), "course")
        listed = row.get(kind)
        values = {
            "times": str(row.get("times", 1)),
            "courses": ", ".join(map(str, listed if isinstance(listed, list) else [listed or "?"])),
            "grade": value_in_words(row["min_grade"]) if row.get("min_grade") else "",
            "gives": joined((_given({"slot": "elective", **given}) for given in row.get("gives") or [row]), CLAUSES),
            "unknown": str(row.get("unknown", "")),
            "years": str(row.get("valid_years") or ""),
        }
        whole = kind == "block" and not listed
        yield Line(RECOGNISED, clause, _("The credential as a whole: {gives}") if whole else KIND_WORDS[kind], values)
        if kind == "block" and "times" in row:
            yield Line(RECOGNISED, clause, _("It fills {times} places, with so many credits in each"), values)
        if values["grade"]:
            yield Line(RECOGNISED, clause, _("With {grade} or better"), values)
        if row.get("effect") == "waiver":
            yield Line(RECOGNISED, clause, _("The course is waived; it gives no credit"))
        if values["years"]:
            yield Line(RECOGNISED, clause, _("Not older than {years} years"), values)


def _given(row: Mapping[str, Any]) -> str:
    amount = Phrase("its own credits") if row.get("convert") else much(row.get("credits", "?"), "credits")
    told = {"amount": amount, "slot": row.get("slot", "?")}
    if row.get("as"):
        return Sentence("gives_as", "{amount} as {slot} ({name})", **told, name=row["as"])
    return Sentence("gives", "{amount} as {slot}", **told)


def _inherited(document: Mapping[str, Any]) -> Iterator[Line]:
    for row in document.get("inherits") or ():
        values = {"policy": str(row.get("policy", "?")), "version": str(row.get("version", "?"))}
        text = _("The policy {policy}, version {version}, is part of this agreement")
        if row.get("except"):
            values["except"] = ", ".join(map(str, row["except"]))
            text = _("The policy {policy}, version {version}, is part of this agreement, except {except}")
        yield Line(REQUIRED, values["policy"], text, values)
    for row in document.get("relief") or ():
        yield Line(REQUIRED, str(row.get("clause", "")), _("Relieved: {text}"), {"text": str(row.get("text", ""))})


def _converted(document: Mapping[str, Any]) -> Iterator[Line]:
    units = document.get("units") or {}
    if units.get("system"):
        yield Line(RECOGNISED, "", _("Credits are counted in {value}"), {"value": str(units["system"])})
    for row in units.get("conversions") or ():
        values = {name: str(row.get(name, "?")) for name in ("from", "to", "factor")}
        values["rounding"] = _spoken(str(row.get("rounding", "?")))
        text = _("One {from} is {factor} {to}, rounded: {rounding}")
        yield Line(RECOGNISED, str(row.get("clause", "")), text, values)
    for row in document.get("grade_maps") or ():
        bands = ", ".join(f"{band['at_least']} = {band['value']}" for band in row.get("bands") or ())
        values = {"from": str(row.get("from", "?")), "to": str(row.get("to", "?")), "bands": bands}
        yield Line(RECOGNISED, str(row.get("clause", "")), _("Grades, {from} to {to}, from each on: {bands}"), values)


def _order(document: Mapping[str, Any]) -> Iterator[Line]:
    for row in document.get("sequence") or ():
        said = [str(row["text"])] if row.get("text") else []
        said += [Sentence("last", "{course} comes last", course=row["last"])] if row.get("last") else []
        said += [Phrase("it is taken alone")] if row.get("alone") else []
        said += [Phrase("the terms follow each other without a break")] if row.get("consecutive") else []
        yield Line(LIMITS, str(row.get("clause", "")), _("Order: {value}"), {"value": joined(said, CLAUSES)})


def _caps(document: Mapping[str, Any]) -> Iterator[Line]:
    for row in document.get("caps") or ():
        for name, text in CAP_WORDS.items():
            if name in row:
                yield Line(LIMITS, str(row.get("clause", "")), text, {"value": value_in_words(row[name])})


def _entry(document: Mapping[str, Any]) -> Iterator[Line]:
    bridge = document.get("bridge") or {}
    if bridge.get("course"):
        grade = value_in_words(bridge["min_grade"]) if bridge.get("min_grade") else "–"
        values = {"course": str(bridge["course"]), "grade": grade, "attempts": str(bridge.get("attempts", "–"))}
        yield Line(ENTRY, "", _("Admission course {course}, grade {grade}, attempts {attempts}"), values)
    for row in document.get("windows") or ():
        values = {"term": joined(map(Phrase, str(row.get("term", "")).split()), SPACED)}
        values |= {name: str(row.get(name) or "?") for name in ("opens", "closes")}
        named = Sentence("window", "window {term}", term=values["term"])
        yield Line(ENTRY, named, _("Apply for {term} from {opens} to {closes}"), values)
    if document.get("seats") is not None:
        yield Line(ENTRY, "", _("Seats: {value}"), {"value": str(document["seats"])})
    appeals = document.get("appeals") or {}
    days = document.get("appeal_days") or appeals.get("within_days")
    if days:
        yield Line(ENTRY, "", _("Appeals are open for {value} days"), {"value": str(days)})


def _money(document: Mapping[str, Any]) -> Iterator[Line]:
    price = (document.get("tuition") or {}).get("per_course")
    if price:
        amount = Money(int(price["minor"]), str(price["currency"])).in_words()
        yield Line(MONEY, "", _("Tuition waived for each recognised course: {value}"), {"value": amount})

    for row in document.get("fees") or ():
        fee = row.get("price") or {}
        values = {"what": str(row.get("what", "?"))}
        values["value"] = Money(int(fee["minor"]), str(fee["currency"])).in_words() if fee else "?"
        text = _("{what}: {value}; it can be waived") if row.get("waivable") else _("{what}: {value}")
        yield Line(MONEY, "", text, values)


def _holds(document: Mapping[str, Any]) -> Iterator[Line]:
    for row in document.get("holds") or ():
        text = _("A person looks at the case first: {value}")
        value = str(row.get("text") or requirement_in_words(row))
        yield Line(ENTRY, str(row.get("clause", "")), text, {"value": value})


def _unknown(document: Mapping[str, Any]) -> Iterator[Line]:
    for row in document.get("unknown_terms") or ():
        values = {"term": _spoken(str(row.get("term", "?"))), "reason": str(row.get("reason", ""))}
        yield Line(OTHER, values["term"], _("Not public: {reason}"), values)


def _rest(document: Mapping[str, Any]) -> Iterator[Line]:
    for name, value in document.items():
        if name not in TOLD and value not in (None, [], {}):
            yield Line(OTHER, _spoken(name), "{value}", {"value": _plain(value)})


def _spoken(name: str) -> str:
    return Phrase(name.replace("_", " "))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping) and set(value) == {"scale", "value"}:
        return value_in_words(value)
    if isinstance(value, Mapping):
        return joined(joined((_spoken(str(name)), _plain(inner)), SPACED) for name, inner in value.items())
    if isinstance(value, list):
        return joined((_plain(inner) for inner in value), CLAUSES)
    return value_in_words(value) if not isinstance(value, float) else json.dumps(value)


TELLERS = (
    _parties,
    _time,
    _requirements,
    _inherited,
    _recognition,
    _converted,
    _caps,
    _order,
    _entry,
    _money,
    _holds,
    _unknown,
    _rest,
)
