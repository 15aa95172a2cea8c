"""An agreement in words, clause by clause, and the difference of two versions in words.

Each line is a message id with its values, so that a page can say it in the reader's language; the difference compares
what it says in English.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from linkspan.kernel.reasons import Phrase, Sentence, Territory, Tongue
from linkspan.pathways.rules.agreement.credit import Gives, Recognition
from linkspan.pathways.rules.agreement.document import Agreement
from linkspan.pathways.rules.agreement.kinds import KINDS, Requirement, Setting
from linkspan.pathways.rules.agreement.rest import about, plain_words, rest_in_words, spoken
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.telling import plainly
from linkspan.pathways.rules.language.typed import Graded, Stated, _
from linkspan.pathways.rules.language.values import CLAUSES, joined, much, plain_number
from linkspan.pathways.rules.language.values import in_words as value_in_words


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of an agreement: its clause (empty if it has none), a message id and what fills it."""

    section: str
    clause: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbered(self) -> bool:
        """Whether its clause is one of the agreement's; else it only tells lines apart."""
        return bool(self.clause) and not isinstance(self.clause, Sentence)

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
NOWHERE = Setting((), "US")
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
    "not_used_for_degree": _("Courses that already counted for a degree are not recognised"),
    "unknown": _("A limit that is not public: {value}"),
}
#: Fields that a line of its own says; what is left is told as it stands.
TOLD = frozenset(
    {"id", "version", "status", "title", "sending", "receiving", "valid_from", "valid_to", "requirements"}
    | {"recognition", "caps", "tuition", "bridge", "windows", "seats", "appeal_days", "appeals", "field", "language"}
    | {"country", "delivery", "note", "holds", "type", "relief", "sequence", "fees", "units", "grade_maps"}
    | {"inherits", "policies", "after_admission", "unknown_terms"}
)
NOT_TOLD = Line(OTHER, "", _("A part of this draft cannot be told in words yet: see the check."))


def agreement_in_words(agreement: Agreement) -> tuple[Line, ...]:
    """Every statement of an agreement; of an unfinished draft, what is there."""
    return tuple(line for tell in TELLERS for line in _safely(tell, agreement))


def _safely(tell: Callable[[Agreement], Iterator[Line]], agreement: Agreement) -> list[Line]:
    """What can be told of one part; an unfinished draft may hold values that no sentence fits."""
    found: list[Line] = []
    try:
        found.extend(tell(agreement))
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        found.append(NOT_TOLD)
    return found


def difference_in_words(before: Agreement, after: Agreement) -> tuple[Difference, ...]:
    """The clauses that differ, in the order of the later version; a rule that changed under the same text shows too."""
    old, new = _by_clause(before), _by_clause(after)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) != new.get(key):
            found.append(Difference(*key, joined(old.get(key, ()), CLAUSES), joined(new.get(key, ()), CLAUSES)))
    return tuple(found)


#: What a difference is about where it has no clause: a line's words before its value.
HEADINGS = (_("From"), _("Until the day before"), _("Note"), _("Field"), _("Delivery"), _("Size of the degree"))


def _by_clause(agreement: Agreement) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for line in agreement_in_words(agreement):
        key = (line.section, line.clause or Phrase(line.text.partition("{")[0].strip(" :")))
        found.setdefault(key, []).append(line.in_words())
    return found


def _parties(agreement: Agreement) -> Iterator[Line]:
    sending, receiving = agreement.sending, agreement.receiving
    for party, text in (
        (sending, _("Credits come from {program} of {institution}")),
        (receiving, _("The degree is {program} at {institution}")),
    ):
        if party and party.institution:
            yield Line(PARTIES, "", text, {"program": str(party.name or ""), "institution": str(party.institution)})
    if receiving and receiving.credits:
        size = {"credits": _exact(receiving.credits), "courses": str(receiving.courses or "?")}
        yield Line(PARTIES, "", _("Size of the degree: {credits} credits in {courses} courses"), size)
    for place in receiving.slots if receiving else ():
        values = {"slot": str(place.title or place.slot), "courses": much(_stated(place.courses), "courses")}
        named = Sentence("slot", "part {slot}", slot=str(place.title or place.slot))
        yield Line(PARTIES, named, _("{slot}: {courses}"), values)
    if agreement.type:
        yield Line(PARTIES, "", _("It gives: {value}"), {"value": spoken(str(agreement.type))})
    for value, text in (
        (agreement.field, _("Field: {value}")),
        (agreement.language and Tongue(agreement.language), _("Language: {value}")),
        (agreement.country and Territory(agreement.country), _("Country: {value}")),
        (agreement.delivery, _("Delivery: {value}")),
        (agreement.note, _("Note: {value}")),
    ):
        if value:
            yield Line(PARTIES, "", text, {"value": value})


def _time(agreement: Agreement) -> Iterator[Line]:
    if agreement.valid_from:
        yield Line(TIME, "", _("From {value} on"), {"value": str(agreement.valid_from)})
    if agreement.valid_to:
        yield Line(TIME, "", _("Until the day before {value}"), {"value": str(agreement.valid_to)})


def _requirements(agreement: Agreement) -> Iterator[Line]:
    for section, rows in ((REQUIRED, agreement.requirements), (LATER, agreement.after_admission)):
        for row in rows:
            rule = requirement_in_words(row, _setting(agreement))
            if row.text in (None, "", rule):
                yield Line(section, _clause(row.clause), "{text}", {"text": rule})
            elif row.unknown is not None:
                values = {"text": str(row.text), "what": str(row.unknown)}
                yield Line(section, _clause(row.clause), _("{text}. Not public: {what}"), values)
            else:
                values = {"text": str(row.text), "rule": rule}
                yield Line(section, _clause(row.clause), _("{text}. Checked: {rule}"), values)


def _setting(agreement: Agreement) -> Setting:
    """What clauses read of the agreement; of an unfinished draft, what is there."""
    sending, receiving = agreement.sending, agreement.receiving
    return Setting(sending.names if sending else (), (receiving.country if receiving else None) or "US")


def requirement_in_words(row: Requirement, setting: Setting = NOWHERE) -> str:
    """What a requirement asks for, from its rule or its typed terms."""
    if row.unknown is not None:
        return Sentence("not_public", "not public: {what}", what=row.unknown)
    if row.rule is not None:
        return _rule_in_words(row.rule)
    return joined((_asked(name, value, setting) for name, value in row.others.items()), CLAUSES)


def _rule_in_words(rule: Node) -> str:
    try:
        return plainly(rule)
    except (StopIteration, KeyError, TypeError, ValueError, AttributeError):
        return plain_words(rule)


def _asked(name: str, value: object, setting: Setting) -> str:
    """What a kind of clause asks, as its rule says it; of what no kind can read yet, the labels of its terms."""
    if name not in KINDS or not isinstance(value, Mapping):
        return _labelled(spoken(name), plain_words(value))
    kind = KINDS[name]
    if any(value.get(term) in (None, "", []) for term in kind.shape().needed):
        return _terms_of(kind.terms(), name, value)
    try:
        return plainly(kind.read(value).tree(setting), whole=True)
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, StopIteration):
        return _terms_of(kind.terms(), name, value)


def _terms_of(stated: Mapping[str, Stated], name: str, value: Mapping[str, object]) -> str:
    labels = {term: Phrase(stated[term].label) if term in stated else spoken(str(term)) for term in value}
    listed = joined(_labelled(labels[term], plain_words(value[term])) for term in value)
    return _labelled(Phrase(spoken(name).capitalize()), listed)


def _labelled(label: str, value: str) -> str:
    return Sentence("labelled", "{label}: {value}", label=label, value=value)


#: What a use of a recognition is, by its kind; what it gives follows.
KIND_WORDS = {
    "any_of": _("Up to {times} of these courses, each for {gives}: {courses}"),
    "each_of": _("Each of these courses, for {gives}: {courses}"),
    "course": _("{courses}: {gives}"),
    "all_of": _("{courses} together: {gives}"),
    "block": _("The credential as a whole, with {courses}: {gives}"),
    "unknown": _("Not public: {unknown}"),
}


def _recognition(agreement: Agreement) -> Iterator[Line]:
    for row in agreement.recognition:
        clause, kind = (
            _clause(row.clause),
            next((name for name in KIND_WORDS if getattr(row, name) is not None), "course"),
        )
        values = {
            "times": "1" if row.times is None else str(row.times),
            "courses": ", ".join(map(str, row.listed)) or "?",
            "grade": _grade(row.min_grade),
            "gives": joined(map(_given, row.gives or [row]), CLAUSES),
            "unknown": str(row.unknown or ""),
            "years": str(row.valid_years or ""),
        }
        whole = row.block == ()
        yield Line(RECOGNISED, clause, _("The credential as a whole: {gives}") if whole else KIND_WORDS[kind], values)
        if row.block is not None and row.times is not None:
            yield Line(RECOGNISED, clause, _("It fills {times} places, with so many credits in each"), values)
        if values["grade"]:
            yield Line(RECOGNISED, clause, _("With {grade} or better"), values)
        if row.is_waiver:
            yield Line(RECOGNISED, clause, _("The course is waived; it gives no credit"))
        if values["years"]:
            yield Line(RECOGNISED, clause, _("Not older than {years} years"), values)


def _given(row: Gives | Recognition) -> str:
    converted = isinstance(row, Recognition) and row.convert
    amount = Phrase("its own credits") if converted else much(_exact(row.credits), "credits")
    told = {"amount": amount, "slot": row.slot or "elective"}
    if row.as_:
        return Sentence("gives_as", "{amount} as {slot} ({name})", **told, name=row.as_)
    return Sentence("gives", "{amount} as {slot}", **told)


def _inherited(agreement: Agreement) -> Iterator[Line]:
    for row in agreement.inherits:
        values = {"policy": _stated(row.policy), "version": _stated(row.version)}
        text = _("The policy {policy}, version {version}, is part of this agreement")
        if row.except_:
            values["except"] = ", ".join(map(str, row.except_))
            text = _("The policy {policy}, version {version}, is part of this agreement, except {except}")
        yield Line(REQUIRED, values["policy"], text, values)
    for relief in agreement.relief:
        yield Line(REQUIRED, _clause(relief.clause), _("Relieved: {text}"), {"text": str(relief.text or "")})


def _converted(agreement: Agreement) -> Iterator[Line]:
    units = agreement.units
    if units and units.system:
        yield Line(RECOGNISED, "", _("Credits are counted in {value}"), {"value": str(units.system)})
    for row in units.conversions if units else ():
        values = {"from": _stated(row.from_), "to": _stated(row.to), "factor": _exact(row.factor)}
        values["rounding"] = spoken(_stated(row.rounding))
        text = _("One {from} is {factor} {to}, rounded: {rounding}")
        yield Line(RECOGNISED, _clause(row.clause), text, values)
    for held in agreement.grade_maps:
        bands = ", ".join(f"{band.at_least} = {band.value}" for band in held.bands or ())
        values = {"from": _stated(held.from_), "to": _stated(held.to), "bands": bands}
        yield Line(RECOGNISED, _clause(held.clause), _("Grades, {from} to {to}, from each on: {bands}"), values)


def _order(agreement: Agreement) -> Iterator[Line]:
    for row in agreement.sequence:
        said = [str(row.text)] if row.text else []
        said += [Sentence("last", "{course} comes last", course=row.last)] if row.last else []
        said += [Phrase("it is taken alone")] if row.alone else []
        said += [Phrase("the terms follow each other without a break")] if row.consecutive else []
        yield Line(LIMITS, _clause(row.clause), _("Order: {value}"), {"value": joined(said, CLAUSES)})


def _caps(agreement: Agreement) -> Iterator[Line]:
    for row in agreement.caps:
        stated = dict(row.values())
        for name, text in CAP_WORDS.items():
            if name in stated:
                value = stated[name]
                yield Line(LIMITS, _clause(row.clause), text, {"value": _limit(name, value)})


def _limit(name: str, value: object) -> str:
    """The value of a limit: a part of the degree in percent."""
    if name == "max_fraction_external" and isinstance(value, Decimal):
        return f"{plain_number(value * 100)} %"
    if value == ("any",):
        return Phrase("any other agreement")
    return value_in_words(list(value) if isinstance(value, tuple) else value)


def _entry(agreement: Agreement) -> Iterator[Line]:
    bridge = agreement.bridge
    if bridge and bridge.course:
        yield Line(ENTRY, "", _("Admission course: {course}"), {"course": str(bridge.course)})
        if grade := _grade(bridge.min_grade):
            yield Line(ENTRY, "", _("Grade in the admission course: {grade} or better"), {"grade": grade})
        if bridge.attempts is not None:
            values = {"attempts": much(str(bridge.attempts), "attempts")}
            yield Line(ENTRY, "", _("The admission course allows {attempts}"), values)
    for row in agreement.windows:
        values = {"term": str(row.term or "?")}
        values |= {"opens": str(row.opens or "?"), "closes": str(row.closes or "?")}
        named = Sentence("window", "window {term}", term=values["term"])
        yield Line(ENTRY, named, _("Apply for {term} from {opens} to {closes}"), values)
    if agreement.seats is not None:
        yield Line(ENTRY, "", _("Seats: {value}"), {"value": str(agreement.seats)})
    days = agreement.appeal_days or (agreement.appeals and agreement.appeals.within_days)
    if days:
        yield Line(ENTRY, "", _("Appeals are open for {value} days"), {"value": str(days)})


def _money(agreement: Agreement) -> Iterator[Line]:
    waived = agreement.tuition.per_course if agreement.tuition else None
    if waived:
        amount = waived.money.in_words()
        yield Line(MONEY, "", _("Tuition waived for each recognised course: {value}"), {"value": amount})
    for row in agreement.fees:
        values = {"what": _stated(row.what), "value": row.price.money.in_words() if row.price else "?"}
        text = _("{what}: {value}; it can be waived") if row.waivable else _("{what}: {value}")
        yield Line(MONEY, "", text, values)


def _holds(agreement: Agreement) -> Iterator[Line]:
    for row in agreement.holds:
        text = _("A person looks at the case first: {value}")
        yield Line(ENTRY, _clause(row.clause), text, {"value": str(row.text or _rule_in_words(row.rule))})


def _unknown(agreement: Agreement) -> Iterator[Line]:
    for row in agreement.unknown_terms:
        values = {"term": about(_stated(row.term)), "reason": str(row.reason or "")}
        yield Line(OTHER, "", _("Not public ({term}): {reason}"), values)


def _rest(agreement: Agreement) -> Iterator[Line]:
    for name, value in agreement.as_json().items():
        if name not in TOLD and value not in (None, [], {}):
            yield Line(OTHER, "", "{value}", {"value": rest_in_words(name, value, Agreement)})
    if not agreement.is_read:
        yield NOT_TOLD


def _clause(number: str | None) -> str:
    return "" if number is None else str(number)


def _stated(value: object) -> str:
    return "?" if value is None else str(value)


def _exact(amount: Decimal | None) -> str:
    """An amount as it is written; of a draft that lacks it, a question mark."""
    return "?" if amount is None else str(plain_number(amount))


def _grade(grade: Graded | None) -> str:
    return "" if grade is None else value_in_words(grade.plain)


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
