"""What an agreement costs and brings: tuition forgone, tuition gained, and where the two meet.

Forgone tuition is what the waived courses would have cost. It is a loss only with a learner who would have come, and
paid for every course, without the agreement; with any other learner the courses paid are gained.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """An agreement in money: courses waived and paid per learner, the price of a course, and what teaching one costs.

    `fixed_cost` is what the agreement costs whoever comes (staff, advertising), per intake.
    """

    waived: int
    paid: int
    price: Money
    teaching_cost: Money
    fixed_cost: Money

    def __post_init__(self) -> None:
        amounts = (self.price, self.teaching_cost, self.fixed_cost)
        if len({amount.currency for amount in amounts}) != 1:
            raise Unusable("currencies_mixed", "Price, teaching cost and fixed cost must be of one currency.")
        if min(self.waived, self.paid, *(amount.minor for amount in amounts)) < 0:
            raise Unusable("terms_negative", "Courses, prices and costs are not negative.")

    @property
    def forgone_per_learner(self) -> Money:
        """Tuition of the waived courses."""
        return self.price * self.waived

    @property
    def gained_per_learner(self) -> Money:
        """Tuition of the courses that are left."""
        return self.price * self.paid

    @property
    def margin(self) -> Money:
        """What one paid course leaves after teaching it."""
        return self.price - self.teaching_cost


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where gain and loss meet.

    `share_anyway` is the share of learners who would have come anyway up to which the agreement does not lose (before
    fixed cost), None if there are no courses at all. `learners` is how many it takes to bear the fixed cost at the
    stated share, None if no number does.
    """

    share_anyway: Fraction | None
    learners: int | None
    net_per_learner: Fraction


def break_even(terms: Terms, anyway: Fraction) -> BreakEven:
    """Break-even of an agreement when the share `anyway` (0 to 1) would have come and paid without it.

    Per learner, in minor units: (1 - a) * paid * margin - a * waived * margin. It is zero at
    a = paid / (waived + paid), whatever the margin.
    """
    if not 0 <= anyway <= 1:
        raise Unusable("share_out_of_range", "A share is between 0 and 100 percent.")
    margin, courses = terms.margin.minor, terms.waived + terms.paid
    net = (1 - anyway) * terms.paid * margin - anyway * terms.waived * margin
    share = Fraction(terms.paid, courses) if courses else None
    if terms.fixed_cost.minor == 0:
        return BreakEven(share, 0 if net >= 0 else None, net)
    return BreakEven(share, ceil(terms.fixed_cost.minor / net) if net > 0 else None, net)


@dataclass(frozen=True, slots=True)
class TuitionLine:
    """Tuition of one agreement and cohort (the term joined): forgone, paid so far at the receiving school, to come.

    `to_come` is the price of the courses still open in the degree plans, at the price in force.
    """

    agreement_id: str
    cohort: str
    learners: int
    forgone: Money
    paid: Money
    to_come: Money

    @property
    def net(self) -> Money:
        """Paid and to come, less forgone: the agreement against each of its learners having come and paid in full."""
        return self.paid + self.to_come - self.forgone
