"""A scenario of the what-if simulator: one program with its seats, and the partners that take who is left.

What is given (completers, courses, prices) is a number; what is guessed (shares) is a rate between 0 and 1.
"""

from dataclasses import dataclass, replace
from math import isfinite

from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money
from linkspan.outcomes.rules.economics import Terms

MOST_COMPLETERS, MOST_PARTNERS, MOST_COURSES, HIGHEST_PRICE = 1_000_000, 12, 100, 100_000_000


@dataclass(frozen=True, slots=True)
class Partner:
    """A receiving school under an agreement.

    `interest`: share of those without a seat who apply there; `acceptance`: share of these who meet the agreement and
    are admitted; `takes_up`: share of these who join; `anyway`: share of who joins that would have come and paid for
    every course without the agreement. `seats` None means no limit.
    """

    name: str
    interest: float
    acceptance: float
    takes_up: float
    anyway: float
    seats: int | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Scenario:
    """A program's completers, the share that is admissible, its seats, and how many of those offered one take it."""

    completers: int
    admissible: float
    seats: int
    takes_up: float
    partners: tuple[Partner, ...]


def article_case() -> Scenario:
    """The article's case: 2,000 completers, half admissible, 40 seats; a partner that waives 4 of 12 courses at $2,700.

    What the article leaves open is open here: that all who are left ask the partner, and all are taken.
    """
    zero = Money.zero("USD")
    terms = Terms(4, 8, Money(270_000, "USD"), zero, zero)
    return Scenario(2000, 0.5, 40, 1.0, (Partner("HES", 1.0, 1.0, 1.0, 0.0, None, terms),))


def checked(scenario: Scenario) -> Scenario:
    """The scenario; Unusable, naming the field, if it makes no sense."""
    _whole("completers", scenario.completers, MOST_COMPLETERS)
    _whole("seats", scenario.seats, MOST_COMPLETERS)
    _share("admissible", scenario.admissible)
    _share("take-up", scenario.takes_up)
    if len(scenario.partners) > MOST_PARTNERS:
        raise Unusable(
            "too_many_partners", "A scenario has at most {most_partners} partners.", most_partners=MOST_PARTNERS
        )
    names = [partner.name for partner in scenario.partners]
    if len(set(names)) != len(names) or not all(name.strip() for name in names):
        raise Unusable("partner_twice", "Give each partner a name of its own.")
    for partner in scenario.partners:
        _check_partner(partner)
    if sum(partner.interest for partner in scenario.partners) > 1 + 1e-9:
        raise Unusable("interest_over_100", "The shares that ask the partners add up to more than 100 percent.")
    return scenario


def _check_partner(partner: Partner) -> None:
    for field in ("interest", "acceptance", "takes_up", "anyway"):
        _share(f"{partner.name}: {field.replace('_', ' ')}", getattr(partner, field))
    if partner.seats is not None:
        _whole(f"{partner.name}: seats", partner.seats, MOST_COMPLETERS)
    _whole(f"{partner.name}: courses", max(partner.terms.waived, partner.terms.paid), MOST_COURSES)
    most = max(partner.terms.price.minor, partner.terms.teaching_cost.minor)
    _whole(f"{partner.name}: price", most, HIGHEST_PRICE)
    _whole(f"{partner.name}: fixed cost", partner.terms.fixed_cost.minor, HIGHEST_PRICE * 1000)


def _whole(field: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        raise Unusable(
            "number_out_of_range",
            "{field}: a whole number from 0 to {most} is needed.",
            field=field,
            most=format(most, ","),
        )


def _share(field: str, value: float) -> None:
    if not isfinite(value) or not 0 <= value <= 1:
        raise Unusable("share_out_of_range", "{field}: a share from 0 to 100 percent is needed.", field=field)


def without(scenario: Scenario, name: str) -> Scenario:
    """The scenario without one partner: what an agreement changes is seen against this."""
    return replace(scenario, partners=tuple(p for p in scenario.partners if p.name != name))
