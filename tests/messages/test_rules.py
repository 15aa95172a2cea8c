"""Words of notices."""

import string
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.messages.rules import TEMPLATES, words, zone_of

#: What events tell of; a `name` is that of somebody who wrote a letter for the learner, never evidence itself.
MAY_TELL = {"title", "legal_name", "reason", "kind", "amount", "due", "institution", "percent", "name", "version"}
#: The times of a sitting; a role, where it is held, and why it ended.
MAY_TELL |= {"opens", "closes", "role", "place", "why"}
#: The times of a booking; the part of a course that is due later.
MAY_TELL |= {"when", "comes_from", "comes_until", "changes_until", "part"}
#: A username of a learning platform, and where it is known.
MAY_TELL |= {"username"}
#: The proctoring service that watches an exam.
MAY_TELL |= {"service"}
#: How many issuers that a school relies on are listed no more, or show another key.
MAY_TELL |= {"gone", "key_changed"}


#: How many answers wait for a marker.
MAY_TELL |= {"count"}
#: Threads that somebody follows, in which something is new.
MAY_TELL |= {"threads"}
#: What course staff announce.
MAY_TELL |= {"text"}
#: Until when a learner may answer.
MAY_TELL |= {"until"}
#: The cohort of a run in which a learner studies.
MAY_TELL |= {"cohort"}
#: What is still to be paid.
MAY_TELL |= {"rest"}


class Anything(dict):
    def __missing__(self, key):
        return f"<{key}>"


@pytest.mark.parametrize("kind", TEMPLATES)
def test_each_kind_names_only_what_an_event_may_tell(kind) -> None:
    template = TEMPLATES[kind]
    fields = {name for text in (template.title, template.body) for _, name, _, _ in string.Formatter().parse(text)}
    assert fields <= {None, *MAY_TELL}
    title, body = words(kind, Anything())
    assert title and body


def test_what_the_event_does_not_tell_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("enrolled", {})
    with pytest.raises(KeyError):
        words("no such kind", {})


@given(st.text())
def test_a_title_is_one_line_and_braces_in_it_stay(text) -> None:
    title, _ = words("enrolled", {"title": text})
    assert len(title.splitlines()) == 1
    assert title == " ".join(f"You are enrolled in {text}".split())


def test_words_are_translated_before_they_are_filled_in() -> None:
    title, _ = words("enrolled", {"title": "You"}, lambda text: text.replace("You", "Vous"))
    assert title == "Vous are enrolled in You"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "UTC"])
def test_a_zone_that_is_none_is_utc(name) -> None:
    assert zone_of(name) == ZoneInfo("UTC")
