"""Money in integer minor units."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Self


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """An amount of one currency.

    `minor` is in minor units (cents for USD), `currency` an ISO 4217 code.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError(f"minor units are an integer, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise ValueError(f"currency is an ISO 4217 code, not {self.currency!r}")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, of that currency."""
        return cls(0, currency)

    @classmethod
    def of_whole(cls, amount: int, currency: str) -> Self:
        """An amount in whole units: dollars, yen."""
        return cls(amount * 10 ** _digits(currency), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum of amounts that are all of `currency`; zero if there are none."""
        result = Money(0, currency)
        for amount in amounts:
            result = result + amount
        return result

    def as_json(self) -> dict[str, int | str]:
        """The wire form: `{"minor": 1080000, "currency": "USD"}`."""
        return {"minor": self.minor, "currency": self.currency}

    def in_whole(self) -> str:
        """The amount in whole units as a plain decimal: `24300.00`."""
        return str(Decimal(self.minor).scaleb(-_digits(self.currency)))

    def in_words(self, locale: str = "en") -> str:
        """The amount for a reader: `$10,800`, with cents if there are any; minor digits from CLDR."""
        from babel.numbers import format_currency

        digits = _digits(self.currency)
        amount = Decimal(self.minor).scaleb(-digits)
        if amount != amount.to_integral_value():
            return str(format_currency(amount, self.currency, locale=locale))
        return str(
            format_currency(int(amount), self.currency, locale=locale, currency_digits=False, format=_whole(locale))
        )


@lru_cache(maxsize=20)
def _whole(locale: str) -> str:
    """How a language writes an amount without cents: its pattern of CLDR, less the decimals."""
    from babel import Locale

    return re.sub(r"\.0+", "", str(Locale.parse(locale).currency_formats["standard"].pattern))


def _digits(currency: str) -> int:
    """How many minor digits a currency has, by CLDR; loaded here, for a command that asks for help has no money."""
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)
