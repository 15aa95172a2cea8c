"""The one way in which days, moments, terms, grades, numbers and money are written, on pages, in mail and documents.

All are written in the language that is set. Days and times in the values of a sentence are kept as `2026-12-20` and
`2026-12-20 23:59 America/New_York`, which `in_sentence` reads again: whoever is told reads them as on every page.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, get_language_bidi, gettext

from linkspan.kernel.reasons import Phrase, Territory, Tongue

if TYPE_CHECKING:
    from babel import Locale

    from linkspan.kernel.money import Money

#: Commas that are not the Latin one.
COMMAS = {"ar": "، "}
#: Where the middle form of a day is numbers alone, which leave open whether the month comes first.
LONG_DAYS = {"ar"}
#: A term as it is kept, a year and its season, and each season with its year.
TERM = re.compile(r"(\d{4}) (january|spring|summer|fall|autumn|winter)")
SEASONS = {
    "january": Phrase("January {year}"),
    "spring": Phrase("Spring {year}"),
    "summer": Phrase("Summer {year}"),
    "fall": Phrase("Fall {year}"),
    "autumn": Phrase("Autumn {year}"),
    "winter": Phrase("Winter {year}"),
}
PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?: ?(?P<zone>[A-Z][\w/+-]*)|[+]00:00|Z)"
)


def language() -> str:
    """The reader's language as CLDR has it: `en`, `ar`."""
    return (get_language() or "en").split("-")[0]


@lru_cache(maxsize=20)
def locale_of(name: str) -> "Locale":
    """What CLDR knows of a language; loaded here, for commands that write no day."""
    from babel import Locale

    return Locale(name)


def isolated(value: str) -> str:
    """A code or an address in a sentence of plain text: kept together where the language goes to the left."""
    return f"\u2068{value}\u2069" if get_language_bidi() else value


def listed(values: Iterable[object]) -> str:
    """Things one after the other, with the comma of the language: `a, b, c`."""
    return (COMMAS.get(language()) or ", ").join(map(str, values))


def day(value: date | str) -> str:
    """A day: `Jun 20, 2018`. A moment has a day only in a zone: TypeError; a text that is no day stays as it is."""
    if isinstance(value, datetime):
        raise TypeError("a moment has a day only in a zone: give `day_in` the zone of the school")
    if not isinstance(value, str):
        return _day(value, language())
    try:
        return _day(date.fromisoformat(value), language()) if DAY.fullmatch(value) else value
    except ValueError:
        return value


def day_in(value: datetime, zone: str | ZoneInfo) -> str:
    """The day of a moment where it counts: of a run that is in the zone of its school."""
    return _day(value.astimezone(_zone(zone)).date(), language())


def moment(value: datetime, zone: str | ZoneInfo) -> str:
    """A moment by the clocks of a zone, which is named: `Jan 15, 2027, 23:59 New York time`."""
    return listed([day_in(value, zone), f"{value.astimezone(_zone(zone)):%H:%M} {zone_name(zone)}"])


def kept(value: datetime, zone: str = "UTC") -> str:
    """A moment as the value of a sentence."""
    return f"{value.astimezone(_zone(zone)):%Y-%m-%d %H:%M} {zone}"


def zone_name(zone: str | ZoneInfo) -> str:
    """A zone as people call it, by its city."""
    key = str(zone or "UTC")
    return (
        key if "/" not in key or key.startswith("Etc/") else gettext("{city} time").format(city=_city(key, language()))
    )


def number(value: Decimal | int | str) -> str:
    """A number without empty decimals: credits, points; a text that is no number stays as it is."""
    from babel.numbers import format_decimal

    read = _number(value)
    return (
        str(value)
        if read is None
        else str(format_decimal(read, locale=locale_of(language()), decimal_quantization=False))
    )


def grade(value: Decimal | int | str) -> str:
    """Percent: `91.7%`. A letter stays as it is."""
    from babel.numbers import format_percent

    read = _number(value)
    if read is None:
        return str(value)
    told = str(format_percent(read / 100, locale=locale_of(language()), decimal_quantization=False))
    return f"\u200e{told}\u200e" if get_language_bidi() else told


def term(value: object) -> str:
    """A term: `Fall 2027`; what is no year and season stays as it is."""
    found = TERM.fullmatch(str(value).strip())
    return gettext(SEASONS[found[2]]).format(year=found[1]) if found else str(value)


def territory(code: str) -> str:
    """The name of a country in the reader's language, from CLDR; the code where there is none."""
    return str(locale_of(language()).territories.get(code.upper()) or code)


def tongue(code: str) -> str:
    """The name of a language in the reader's language, from CLDR; the code where there is none."""
    return str(locale_of(language()).languages.get(code.split("-")[0].lower()) or code)


def amount(value: "Money") -> str:
    """Money: `$10,800`, with cents if there are any."""
    return value.in_words(language())


def in_sentence(value: object) -> object:
    """A value of a sentence as it is read: days, times, terms and percentages in the one way, all else as it is."""
    if not isinstance(value, str):
        return value
    for known, name_of in READ.items():
        if isinstance(value, known):
            return name_of(value)
    for form, said in WRITTEN.items():
        if kept_so := form.fullmatch(value):
            return said(kept_so)
    if (found := MOMENT.fullmatch(value)) is None:
        return value
    zone = found["zone"] or "UTC"
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=_zone(zone))
    except (ValueError, KeyError):
        return value
    return moment(at, zone)


READ: Mapping[type[str], Callable[[str], str]] = {Territory: territory, Tongue: tongue}
WRITTEN: Mapping[re.Pattern[str], Callable[[re.Match[str]], str]] = {
    DAY: lambda found: day(found[0]),
    TERM: lambda found: term(found[0]),
    PERCENT: lambda found: grade(found[1]),
}


@lru_cache(maxsize=5_000)
def _day(value: date, name: str) -> str:
    from babel.dates import format_date

    return str(format_date(value, "long" if name in LONG_DAYS else "medium", locale=locale_of(name)))


@lru_cache(maxsize=500)
def _city(key: str, name: str) -> str:
    from babel.dates import get_timezone_location

    return str(get_timezone_location(ZoneInfo(key), locale=locale_of(name), return_city=True))


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(str(zone) or "UTC")


def _number(value: Decimal | int | str) -> Decimal | None:
    """The number without empty decimals; None if it is none."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    if not read.is_finite():
        return None
    return read.to_integral_value() if read == read.to_integral_value() else read.normalize()
