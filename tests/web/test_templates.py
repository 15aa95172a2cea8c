"""Every template can be read: a filter that is not there breaks a page only when somebody opens it."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.template import Context, Engine
from django.template.loader import get_template
from django.utils.translation import override
from tests.factories.people import NOW
from tests.factories.raw_values import raw

import linkspan.web
from linkspan.admissions.rules import State
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.told import told
from linkspan.kernel.written import term
from linkspan.web.templatetags.linkspan import who

FOLDER = Path(linkspan.web.__file__).parent / "templates"

#: Whoever acted, as rows keep it.
VERBS = (
    "asked certified checked closed decided granted handed_in invited lifted made noted opened prepared proved "
    "published recorded reversed taken written"
)
ACTED = re.compile(
    rf"(?:{{{{ |=)[a-z_.]*\.(?:actor_name|preparer|reader_name|(?:{VERBS.replace(' ', '|')})_by)"
    r"(?! and| or|\|who)\b(?!_)"
)


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_a_template_can_be_read(name) -> None:
    assert get_template(name)


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_every_tag_ends_on_its_line(name) -> None:
    """Django shows a tag with a line break in it as it is written."""
    assert re.findall(r"(?:\{\{|\{%)(?:(?!\}\}|%\}).)*$", (FOLDER / name).read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_no_page_names_a_job_as_the_program_does(name) -> None:
    assert ACTED.findall((FOLDER / name).read_text()) == [], "write {{ row.decided_by|who }}"


def test_a_job_is_the_system_and_a_command_is_who_gave_it() -> None:
    names = ("Jo Sample", None, "system:setup", "system:command line (jo)")
    assert [who(name) for name in names] == ["Jo Sample", "", "the system", "command line (jo)"]


#: What scrolls sideways is reached by the keyboard; a table that is stacked on a phone never does.
UNREACHED = re.compile(r'<div class="scroll">\s*<table(?![^>]*\bstack\b)[^>]*>')


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_what_scrolls_is_reached_by_the_keyboard(name) -> None:
    assert UNREACHED.findall((FOLDER / name).read_text()) == [], 'write <div class="scroll" tabindex="0">'


#: Ways of Django to write a day, a time or a number: each page has one of its own, in the reader's language and zone.
OTHER_WAYS = re.compile(
    r"\|(?:date|time|floatformat|timesince|timeuntil|naturaltime|localize|intcomma)\b|\.(?:isoformat|normalize)\b"
)
IN_FIELDS = re.compile(r'value="[^"]*"')


def other_ways(source: str) -> list[str]:
    return OTHER_WAYS.findall(IN_FIELDS.sub("", source))


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_days_and_numbers_are_written_in_one_way(name) -> None:
    told = "write {{ value|day }}, {% moment value %}, {% zoned value zone %}, {{ value|grade }} or {{ value|number }}"
    assert other_ways((FOLDER / name).read_text()) == [], told


def test_other_ways_are_found_and_what_a_field_carries_may_stand() -> None:
    written = "{{ run.starts|date }} {{ credits.normalize }} {{ price|floatformat:2 }}"
    assert other_ways(written) == ["|date", ".normalize", "|floatformat"]
    assert other_ways('<input value="{{ now.date.isoformat }}"> {{ run.starts|day_in:run.time_zone }}') == []


@pytest.mark.parametrize(
    "value, told",
    [
        (date(2018, 6, 20), "{{ value|day }}"),
        (NOW, "{% moment value %}"),
        (Decimal("91.70"), "{{ value|grade }}"),
        (Money(1_080_000, "USD"), "{{ value|money }}"),
        (timedelta(hours=2), "{{ value|span }}"),
        (State.ON_HOLD, "{{ value|words }}"),
    ],
)
def test_a_page_that_writes_a_value_as_python_does_fails_with_what_to_write(value, told) -> None:
    template = Engine.get_default().from_string("<p>{{ value }}</p>")
    template.name = "page.html"
    with pytest.raises(AssertionError) as caught:
        template.render(Context({"value": value}))
    assert told in str(caught.value)


def test_texts_and_whole_numbers_may_stand() -> None:
    assert raw(State.ON_HOLD) and not raw("on_hold") and not raw(7)


#: A term of a year as rounds and plans keep it, `2027 fall`.
KEPT_TERM = re.compile(r"(?:\{\{ |=)(?:\w+\.)+(?:term|first_term)(?!\|term)\b(?= \}\}| %| \w+=|\|)")


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_every_term_of_a_year_is_written_in_one_way(name) -> None:
    page = re.sub(r'="[^"]*"', "", (FOLDER / name).read_text())
    assert KEPT_TERM.findall(page) == [], "write {{ round.term|term }}"


def test_a_term_is_a_season_and_its_year_on_pages_and_in_sentences() -> None:
    kept = [("2027 fall", "Fall 2027"), ("2026 january", "January 2026"), ("the next one", "the next one")]
    assert [(one, term(one)) for one, _ in kept] == kept
    assert told(Sentence("x", "Apply for {term} by {day}", term="2027 fall", day="2027-01-15")) == (
        "Apply for Fall 2027 by Jan 15, 2027"
    )
    with override("es"):
        assert term("2027 fall") == "otoño de 2027"
