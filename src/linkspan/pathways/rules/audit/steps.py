"""The cheapest next steps: what a learner could do next, what it costs, when it begins, and which pathways it opens.

Each step is judged by doing it in thought: the record as it would be is audited again, so that a step is said to open a
pathway only if the audit says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from linkspan.kernel.money import Money
from linkspan.kernel.record import Record
from linkspan.kernel.things import About, Thing
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import USABLE, Audit, audit_record
from linkspan.pathways.rules.audit.whatif import Supposed, SupposedCourse, with_supposed
from linkspan.pathways.rules.language.evaluate import Outcome
from linkspan.pathways.rules.language.typed import Graded
from linkspan.pathways.rules.life.versions import sending_credentials

#: What is taken for granted of a program's courses: clearly passed.
PASSED_PERCENT = "75"
#: What passes an admission course of which the agreement asks for no grade.
PASSED = Graded(scale="letter", value="B")


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be taken: a course or a program (`SCHOOL/CODE`); what is not known is None."""

    key: str
    title: str
    price: Money | None
    begins: datetime | None
    about: About | None
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `opens` are the agreements that are met after it, `nears` those that lack less; `kind` is program,
    course or document; a document costs nothing and can be handed in today."""

    kind: str
    title: str
    price: Money | None
    begins: datetime | None
    about: About | None
    opens: tuple[str, ...]
    nears: tuple[str, ...]


def cheapest_way(
    tree: Mapping[str, Any], prices: Mapping[str, Money], done: frozenset[str]
) -> tuple[Money | None, tuple[str, ...]]:
    """The least that a requirement tree (`catalog.rules.Program`) still costs, and the courses and exams to pay for.

    `prices` and `done` are by subject: `course:KEY`, `exam:CODE`. None if a price of it is not known; of a choice, what
    has a price comes before what has none.
    """
    if "course" in tree or "exam" in tree:
        subject = f"course:{tree['course']}" if "course" in tree else f"exam:{tree['exam']}"
        return (None, ()) if subject in done else (prices.get(subject), (subject,))
    children = [cheapest_way(child, prices, done) for child in tree.get("all") or tree.get("of") or ()]
    children.sort(key=lambda way: (bool(way[1]) and way[0] is None, way[0].minor if way[0] else 0))
    chosen = children[: int(tree["at_least"])] if "at_least" in tree else children
    subjects = tuple(subject for _, found in chosen for subject in found)
    amounts = [amount for amount, found in chosen if found]
    if not amounts or any(amount is None for amount in amounts) or len({a.currency for a in amounts if a}) > 1:
        return None, subjects
    first = next(amount for amount in amounts if amount)
    return Money.total([amount for amount in amounts if amount], first.currency), subjects


def next_steps(
    record: Record,
    rows: Iterable[tuple[Agreement, Audit]],
    programs: Mapping[str, Offer],
    courses: Mapping[str, Offer],
    on: date,
) -> tuple[Step, ...]:
    """Steps toward the open pathways, those that open one first, then the cheapest, then the soonest."""
    wanted = [(doc, audit) for doc, audit in rows if audit.status == USABLE and audit.outcome != Outcome.MET]
    found: dict[tuple[str, str], Step] = {}
    for doc, audit in wanted:
        sending = doc.sending.key
        bridge = (doc.bridge.course if doc.bridge else None) or ""
        if sending in programs and not sending_credentials(doc.sending, record):
            offer = programs[sending]
            supposed = Supposed(on.isoformat(), sending, PASSED_PERCENT, offer.courses)
            _add(found, "program", offer, doc, audit, _after(record, supposed, doc, on))
        elif bridge in courses:
            _add(found, "course", courses[bridge], doc, audit, _after(record, _passed(doc, bridge, on), doc, on))
        for missing in audit.missing:
            if missing.kind == "document":
                offer = Offer(missing.text, missing.text, None, None, About(Thing.RECORD))
                others = len(audit.missing) - 1
                _tell(found, "document", offer, doc.id, opens=not others, nears=bool(others))
    return tuple(sorted(found.values(), key=_order))


def _passed(doc: Agreement, course: str, on: date) -> Supposed:
    grade = (doc.bridge.min_grade if doc.bridge else None) or PASSED
    taken = SupposedCourse(course, grade.scale, str(grade.value), on.isoformat())
    return Supposed(on.isoformat(), courses=(taken,))


def _after(record: Record, supposed: Supposed, doc: Agreement, on: date) -> Audit:
    return audit_record(with_supposed(record, supposed), doc, on)


def _add(
    found: dict[tuple[str, str], Step], kind: str, offer: Offer, doc: Agreement, before: Audit, after: Audit
) -> None:
    opens = after.outcome == Outcome.MET
    _tell(found, kind, offer, doc.id, opens=opens, nears=not opens and len(after.missing) < len(before.missing))


def _tell(
    found: dict[tuple[str, str], Step], kind: str, offer: Offer, agreement_id: str, *, opens: bool, nears: bool
) -> None:
    if not opens and not nears:
        return
    held = found.get((kind, offer.key)) or Step(kind, offer.title, offer.price, offer.begins, offer.about, (), ())
    found[kind, offer.key] = Step(
        kind,
        held.title,
        held.price,
        held.begins,
        held.about,
        (*held.opens, agreement_id) if opens else held.opens,
        (*held.nears, agreement_id) if nears else held.nears,
    )


def _order(step: Step) -> tuple[Any, ...]:
    free = step.kind == "document"
    known = free or step.price is not None
    cost = 0 if free or step.price is None else step.price.minor
    return (not step.opens, not known, cost, str(step.begins or ""), -len(step.nears), step.title)
