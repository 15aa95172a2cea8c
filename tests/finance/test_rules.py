"""Every entry balances."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW

from linkspan.finance import rules
from linkspan.finance.rules import Account, Posting
from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money

amounts = st.builds(Money, st.integers(0, 10**9), st.sampled_from(["USD", "EUR"]))
makers = st.sampled_from(
    [rules.for_charge, rules.for_payment, rules.for_refund, rules.for_cancellation, rules.for_forgone]
)


@given(makers, amounts)
def test_every_kind_of_entry_balances(make, amount) -> None:
    assert sum(posting.amount.minor for posting in make(amount)) == 0


def test_an_entry_that_does_not_balance_is_refused() -> None:
    with pytest.raises(ValueError):
        rules.balanced((Posting(Account.CASH, Money(1, "USD")),))
    with pytest.raises(ValueError):
        rules.balanced((Posting(Account.CASH, Money(1, "USD")), Posting(Account.TUITION, Money(-1, "EUR"))))


def test_a_payment_needs_a_reference() -> None:
    charge = rules.Charge(uuid4(), uuid4(), "exam:X", Money(1, "USD"), rules.ChargeState.OPEN, NOW)
    with pytest.raises(Unusable):
        rules.ManualProvider().settle(charge, "  ")
    assert rules.ManualProvider().settle(charge, " r ") == "r"
