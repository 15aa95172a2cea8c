"""Making an exam: its terms, what a bank must hold, and who makes and who publishes."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from linkspan.catalog.rules import Invalid
from linkspan.exams.rules.attempts import Exam
from linkspan.exams.rules.blueprint import Draw, draw_form
from linkspan.exams.rules.items import Item, ItemKind
from linkspan.exams.rules.kinds import essay, formula, hotspot, match, order, upload
from linkspan.exams.rules.saving import LONGEST_GRACE, MOST_OPTIONS
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase, Sentence

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
LONGEST_TITLE = 200
MOST_MINUTES = 24 * 60
MOST_ATTEMPTS = 100
MOST_ITEMS = 2000
MOST_DRAWN = 1_000_000
MOST_COURSES = 100
LONGEST_NAME = 128
LONGEST_PROMPT = 10_000
LONGEST_OPTION = 2000
OPTIONS = (ItemKind.CHOICE, ItemKind.CHECKBOX, ItemKind.DROPDOWN)
PROBLEMS = {
    ItemKind.ORDER: order.problem,
    ItemKind.MATCH: match.problem,
    ItemKind.HOTSPOT: hotspot.problem,
    ItemKind.FORMULA: formula.problem,
    ItemKind.ESSAY: essay.problem,
    ItemKind.UPLOAD: upload.problem,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What staff decide of a version: `draw` is its blueprint.

    An item drawn `most_drawn` times is worn: it is drawn again only where too few others are left.
    """

    title: str
    minutes: int
    pass_percent: Decimal
    attempts_allowed: int
    courses: tuple[str, ...] = ()
    draw: tuple[Draw, ...] = ()
    grace_seconds: int = 30
    most_drawn: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an exam with its terms and bank; a draft until `published_at`."""

    exam: Exam
    terms: Terms
    bank: tuple[Item, ...]
    made_by: str
    published_by: str
    published_at: datetime | None
    makers: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class BankChange:
    """What a bank holds, and which of its items are new, changed or gone against the draft's."""

    bank: tuple[Item, ...]
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]


def check_code(code: str) -> str:
    """The code of an exam; Invalid if it does not fit into addresses and certificates."""
    if not CODE.fullmatch(code):
        words = Phrase("Enter letters, digits, dots, hyphens and underscores, at most 64.")
        raise Invalid({"code": Sentence("code_unusable", words)})
    return code


def check_terms(terms: Terms) -> Terms:
    """The terms; Invalid naming every field that is out of range."""
    grace = LONGEST_GRACE.seconds
    counts = [line.count for line in terms.draw]
    lines = {(line.group, line.difficulty) for line in terms.draw}
    wrong = {
        "title": (
            not 0 < len(terms.title.strip()) <= LONGEST_TITLE,
            _within(Phrase("Enter 1 to {most} characters."), LONGEST_TITLE),
        ),
        "minutes": (
            not 1 <= terms.minutes <= MOST_MINUTES,
            _within(Phrase("Enter 1 to {most}."), MOST_MINUTES),
        ),
        "pass_percent": (
            not _percent(terms.pass_percent),
            _within(Phrase("Enter 0 to {most} percent, at most two decimals."), 100),
        ),
        "attempts": (
            not 1 <= terms.attempts_allowed <= MOST_ATTEMPTS,
            _within(Phrase("Enter 1 to {most}."), MOST_ATTEMPTS),
        ),
        "grace": (
            not 0 <= terms.grace_seconds <= grace,
            _within(Phrase("Enter 0 to {most} seconds."), grace),
        ),
        "courses": (
            len(terms.courses) > MOST_COURSES,
            _within(Phrase("Enter at most {most} courses."), MOST_COURSES),
        ),
        "most_drawn": (
            not 1 <= (1 if terms.most_drawn is None else terms.most_drawn) <= MOST_DRAWN,
            _within(Phrase("Enter 1 to {most}, or leave it empty for no limit."), MOST_DRAWN),
        ),
        "draw": (
            any(not 0 <= count <= MOST_ITEMS for count in counts) or not len(lines) == len(counts) <= MOST_ITEMS,
            Sentence(
                "out_of_range", "Enter 0 to {most} questions, once for each topic and difficulty.", most=MOST_ITEMS
            ),
        ),
    }
    found = {name: words for name, (bad, words) in wrong.items() if bad}
    if found:
        raise Invalid(found)
    return terms


def _within(words: Phrase, most: int) -> Sentence:
    return Sentence("out_of_range", words, most=most)


def _percent(given: Decimal) -> bool:
    return given.is_finite() and 0 <= given <= 100 and given == round(given, 2)


def check_bank(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items; Unusable naming each that nobody could answer rightly, or that is there twice."""
    bank = tuple(items)
    if len(bank) > MOST_ITEMS:
        raise Unusable(
            "bank_too_large",
            "The bank holds {count} items. A bank holds at most {most_items}.",
            count=len(bank),
            most_items=MOST_ITEMS,
        )
    seen: set[str] = set()
    wrong = []
    for item in bank:
        problem = Sentence("item_twice", "it is there twice") if item.id in seen else _problem(item)
        seen.add(item.id)
        wrong += [item_unusable(item, problem)] if problem else []
    if wrong:
        raise Unusable(
            "bank_unusable", "Items of the bank cannot be used. Correct them and upload it again.", tuple(wrong[:50])
        )
    return bank


def item_unusable(item: Item, why: str) -> Sentence:
    """That an item cannot be used, and why."""
    return Sentence("item_unusable", "{item}: {why}.", item=item.id[:LONGEST_NAME], why=why)


def compare_banks(old: Iterable[Item], new: tuple[Item, ...]) -> BankChange:
    """What exchanging the bank does; that an item is retired is kept, and no change."""
    held = {item.id: item for item in old}
    bank = tuple(replace(item, retired=item.id in held and held[item.id].retired) for item in new)
    names = {item.id for item in bank}
    return BankChange(
        bank,
        tuple(item.id for item in bank if item.id not in held),
        tuple(item.id for item in bank if item.id in held and held[item.id] != item),
        tuple(name for name in held if name not in names),
    )


def _problem(item: Item) -> str:
    checks = (
        (
            not 0 < len(item.id) <= LONGEST_NAME or not 0 < len(item.group) <= LONGEST_NAME,
            Sentence("name_length", "its name is missing or too long"),
        ),
        (not item.prompt.strip(), Sentence("prompt_none", "it has no question")),
        (
            len(item.prompt) > LONGEST_PROMPT,
            Sentence("prompt_length", "its question is longer than {most} characters", most=LONGEST_PROMPT),
        ),
        (
            any(_unstorable(text) for text in _texts(item)),
            Sentence("text_unstorable", "it holds a character that cannot be stored"),
        ),
        (
            any(len(text) > LONGEST_OPTION for text in _texts(item)[1:]),
            Sentence("text_length", "a text is longer than {most}", most=LONGEST_OPTION),
        ),
        (
            item.kind in OPTIONS and not 2 <= len(item.options) <= MOST_OPTIONS,
            Sentence("options_count", "it needs 2 to {most} options", most=MOST_OPTIONS),
        ),
        (
            any(not option.strip() for option in (*item.options, *item.choices)),
            Sentence("option_empty", "one of its options is empty"),
        ),
        (
            not item.answers or any(not answer.strip() for answer in item.answers),
            Sentence("answer_none", "it has no right answer"),
        ),
        (
            item.kind in (ItemKind.CHOICE, ItemKind.DROPDOWN) and len(item.answers) > 1,
            Sentence("answers_several", "it has several right answers"),
        ),
        (
            item.kind is ItemKind.NUMERIC and not _number(item.answers[:1]),
            Sentence("answer_no_number", "its right answer is not a number"),
        ),
        (
            item.kind in (ItemKind.NUMERIC, ItemKind.FORMULA) and not _tolerance(item.tolerance),
            Sentence("tolerance_unusable", "its tolerance is not a number or a percentage"),
        ),
    )
    found = next((words for bad, words in checks if bad), "")
    return found or (PROBLEMS[item.kind](item) if item.kind in PROBLEMS else "")


def _texts(item: Item) -> tuple[str, ...]:
    described = (item.picture.words,) if item.picture else ()
    return (item.prompt, *item.options, *item.choices, *item.answers, *described)


def _unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text)


def _number(given: tuple[str, ...]) -> bool:
    try:
        return all(Decimal(one).is_finite() for one in given)
    except InvalidOperation:
        return False


def _tolerance(given: str) -> bool:
    text = given.removesuffix("%").strip()
    return not text or (_number((text,)) and Decimal(text) >= 0)


def check_complete(terms: Terms, bank: tuple[Item, ...]) -> None:
    """Unusable unless forms can be drawn: some question, and enough items in each group."""
    if not any(line.count for line in terms.draw):
        raise Unusable("nothing_drawn", "This version draws no question. Upload a bank and say how many are drawn.")
    draw_form(bank, terms.draw, 0)


def may_publish_exam(actor: Actor, institution: str, makers: Collection[UUID], second_person: bool) -> bool:
    """Program staff of the institution; where it asks for a second person, nobody who made the version."""
    made_it = second_person and actor.person_id in makers
    return actor.is_system or (actor.has_role("program_staff", institution) and not made_it)


def may_set_exam_policy(actor: Actor, institution: str) -> bool:
    """Registrars of the institution and operators, as for program awards."""
    return actor.is_system or actor.has_role("registrar", institution) or actor.has_role("operator")
