"""Money never mixes currencies and never rounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.money import CurrencyMismatch, Money

minors = st.integers(-(10**12), 10**12)


@given(minors, minors)
def test_adding_and_taking_away(a: int, b: int) -> None:
    assert Money(a, "USD") + Money(b, "USD") - Money(b, "USD") == Money(a, "USD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize("minor", [1.5, "1", True])
def test_only_integers_are_minor_units(minor) -> None:
    with pytest.raises(TypeError):
        Money(minor, "USD")


def test_in_words() -> None:
    assert Money(1080000, "USD").in_words() == "$10,800"
    assert Money(500, "JPY").in_words() == "¥500"
