"""An agreement between a sending and a receiving program."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Self

from linkspan.kernel.money import Money
from linkspan.pathways.rules.agreement.kinds import Requirement, Setting
from linkspan.pathways.rules.agreement.parties import Intermediary, Receiving, Sending
from linkspan.pathways.rules.agreement.terms import CLAUSE, WORDS, Policy, Terms
from linkspan.pathways.rules.language.shape import (
    Anything,
    Day,
    Flag,
    Grade,
    ListOf,
    Nullable,
    Since,
    Span,
    Text,
    Whole,
)
from linkspan.pathways.rules.language.typed import Graded, Part, _, may, needed, rows

TYPES = ("credit", "admission_relief", "waiver", "guaranteed_admission")
ENTRY_DATES = ("credential_date", "first_enrolment", "application_date")
CHOICES = ("stay", "move", "either")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Part):
    """An amount in the minor unit of its currency."""

    minor: int = needed(Whole())
    currency: str = needed(Text())

    @property
    def money(self) -> Money:
        """The amount."""
        return Money(self.minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee(Part):
    """What applicants pay."""

    what: str = needed(Text(), _("What is paid for"))
    price: Price = needed(Price.shape(), _("Price"), _("Such as 85.00 USD"), "money")
    waivable: bool | None = may(Flag(), _("It can be waived"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuition(Part):
    """What need not be paid for what is recognised."""

    is_open: ClassVar = True
    per_course: Price | None = may(
        Price.shape(), _("Tuition waived for each recognised course"), _("Such as 2700.00 USD"), "money"
    )
    paid_by: str | None = may(Text(), _("Paid by"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Part):
    """When one applies for a term."""

    is_open: ClassVar = True
    opens: date | None = may(Day(), _("Opens"))
    closes: date | None = may(Day(), _("Closes"))
    decided: date | None = may(Day(), _("Decided on"))
    starts: date | None = may(Day(), _("Studies begin on"))
    term: str | None = may(Text(), _("Term"))
    results_by: date | None = may(Day(), _("Results are needed by"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Part):
    """The course by which one is admitted."""

    is_open: ClassVar = True
    course: str | None = may(Text(), _("Admission course"))
    clause: str | None = may(Text(), _("Clause that the admission course fulfils"))
    min_grade: Graded | None = may(Grade(), _("Lowest grade in it"))
    attempts: int | None = may(Whole(1, 50), _("Attempts"))
    within_months: int | None = may(Whole(0, 1200), _("To be passed within months of admission"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Part):
    """Who is judged by an earlier version: those who entered under it."""

    by: str = needed(Text(ENTRY_DATES), _("Who entered under an earlier version is told by"))
    until: date | None = may(Day(), _("They can do so until"))
    choice: str | None = may(Text(CHOICES), _("They"))
    absence: Mapping[str, int] | None = may(Span(), _("An absence longer than this ends an enrolment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachOut(Part):
    """How those who are in come to an end."""

    until: date | None = may(Day(), _("Who is in can finish until"))
    choice: str | None = may(Text(CHOICES), _("When it ends, they"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited(Part):
    """A policy that is taken in."""

    policy: str = needed(Text(), _("Policy"), _("Of either party, as agreements on record hold it"), "choice")
    version: int | None = may(Whole(1))
    except_: tuple[str, ...] = rows(ListOf(Text(), 1), _("All of it except these clauses"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief(Part):
    """What is not asked for in admission."""

    clause: str = needed(Text(), CLAUSE)
    text: str = needed(Text(), WORDS, widget="area")


@dataclass(frozen=True, kw_only=True)
class Agreement(Terms):
    """One version of an agreement: its terms, as both parties signed them, and its status."""

    is_open: ClassVar = True
    id: str = needed(Text())
    version: int = needed(Whole(1))
    status: str = needed(Text())
    valid_from: date = needed(Day(), _("In force from"))
    sending: Sending = needed(Sending.shape())
    receiving: Receiving = needed(Receiving.shape())
    valid_to: date | None = may(Nullable(Day()), _("In force until the day before"), _("Empty: without an end"))
    type: str | None = may(
        Text(TYPES),
        _("What it gives"),
        _("Credit; admission with fewer requirements; courses waived without credit; or a guaranteed place"),
    )
    intermediary: Intermediary | None = may(Nullable(Intermediary.shape()))
    catalogue_year: int | None = may(Nullable(Whole(1900, 2200)), _("Catalogue year"))
    first_cohort: str | None = may(Text(), _("First cohort"))
    review_due: date | None = may(Day(), _("To be reviewed by"))
    supersedes: int | None = may(Whole(1), _("Takes the place of version"))
    entry: Entry | None = may(Entry.shape())
    teach_out: TeachOut | None = may(TeachOut.shape())
    inherits: tuple[Inherited, ...] = rows(ListOf(Inherited.shape()))
    policies: tuple[Mapping[str, Any], ...] = rows(ListOf(Anything()))
    relief: tuple[Relief, ...] = rows(ListOf(Relief.shape()))
    windows: tuple[Window, ...] = rows(ListOf(Window.shape()))
    results_by: date | None = may(Day(), _("Results are needed by"))
    bridge: Bridge | None = may(Nullable(Bridge.shape()))
    ties: str | None = may(
        Text(),
        _("Between equal applicants decides"),
        _("A lottery; or equal treatment: the last group that does not fit gets no seat, or all do"),
    )
    tie_break: tuple[str, ...] = rows(ListOf(Text()), _("Equal applicants are told apart by"))
    reserves: Any = may(Anything())
    reserve_order: str | None = may(Text(), _("Which seats are filled first"))
    applying_again: Any = may(
        Anything(),
        _("Applications of one person"),
        _("Such as most 2, after_months 12: so many, with so many months between"),
        "map",
    )
    seats: int | None = may(Nullable(Whole(0, 1_000_000)), _("Seats"), _("Empty: no limit of seats"))
    deferral_months: int | None = may(Whole(0, 120), _("Admission can be deferred by months"))
    documents: tuple[str, ...] = rows(ListOf(Text()), _("Documents that applicants send"), _("One a line"), "lines")
    fees: tuple[Fee, ...] = rows(ListOf(Fee.shape()))
    tuition: Tuition | None = may(Nullable(Tuition.shape()))
    appeal_days: int | None = may(Whole(1, 3650), _("Days in which one can appeal"))
    format: int | None = may(Whole(1, 1000))
    not_here_yet: tuple[str, ...] = rows(
        Since(2, ListOf(Text())),
        _("Not in the catalogue yet"),
        _("Programs and courses that will be entered later, separated by commas"),
    )
    field: str | None = may(Text(), _("Field of study"))
    language: str | None = may(Text(), _("Language of instruction"), _("A code such as en"))
    country: str | None = may(Text(), _("Country"), _("A code such as US"))
    delivery: str | None = may(Text(), _("Delivery"), _("Online, on campus, or both"))

    @cached_property
    def in_force(self) -> Self:
        """The terms in force: its own and those of its policies, each requirement with its rule.

        A policy's clauses are named `policy:clause`; `except` leaves some out; its own `attempts`, `recency` and the
        like stand before the policy's. A policy that is not at hand is a requirement of unknown outcome.
        """
        terms = self
        held = {policy.id: policy for policy in map(Policy.read, self.policies)}
        for row in self.inherits:
            policy = held.get(row.policy)
            if policy is None or row.version not in (None, policy.version):
                why = f"the policy {row.policy} is not at hand"
                asked = Requirement(clause=row.policy, text=why.capitalize(), unknown=why)
                terms = replace(terms, requirements=(*terms.requirements, asked))
            else:
                terms = replace(terms, **_taken_in(terms, policy, frozenset(row.except_)))
        setting = Setting(self.sending.names, self.receiving.country or "US")
        requirements, later = (
            tuple(replace(row, rule=row.tree(setting)) for row in rows)
            for rows in (terms.requirements, terms.after_admission)
        )
        return replace(terms, requirements=requirements, after_admission=later)

    @property
    def name(self) -> str:
        """The agreement for a reader: its title, else the receiving degree."""
        return self.title or self.receiving.name

    @property
    def sides(self) -> tuple[str, str]:
        """The two institutions."""
        return self.sending.institution, self.receiving.institution


#: Lists to which a policy adds, and terms that it states where the agreement does not.
LISTED = (
    *("requirements", "recognition", "caps", "holds", "after_admission", "grade_maps", "scales", "sequence"),
    "unknown_terms",
)
SINGLE = ("attempts", "recency", "units", "appeals", "min_grade", "counts_in_gpa", "ask_for_credit")


def _taken_in(terms: Terms, policy: Policy, left_out: frozenset[str]) -> dict[str, Any]:
    """What a policy makes of the terms: its clauses beside theirs, under its name."""
    found: dict[str, Any] = {}
    for name in LISTED:
        rows = (row for row in getattr(policy, name) if getattr(row, "clause", None) not in left_out)
        found[name] = (*getattr(terms, name), *(_named(row, policy.id) for row in rows))
    silent = [name for name in SINGLE if getattr(terms, name) is None]
    return found | {name: getattr(policy, name) for name in silent}


def _named(row: Any, policy: str) -> Any:
    """A row of a policy, its clause under the policy's name."""
    if getattr(row, "clause", None) is None:
        return row
    whose = {"from_": policy} if hasattr(row, "from_") else {}
    return replace(row, clause=f"{policy}:{row.clause}", **whose)
