"""Whatever somebody writes, a line of a mail is one line, bounded, and leads nowhere."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.errors import Unusable
from linkspan.kernel.lines import LONGEST, UNSEEN, OneLine

ANY = st.text() | st.lists(st.sampled_from(["a", "://", "WWW.", "www.", "http", ":", "/", "\r\n", "\u202e", " "])).map(
    "".join
)


@given(ANY)
def test_any_text_gives_one_line(text) -> None:
    line = OneLine.of(text).value
    assert len(line) <= LONGEST
    assert len(line.splitlines()) <= 1
    assert "://" not in line and "www." not in line.lower()
    assert not {unicodedata.category(c) for c in line} & UNSEEN or set(line) & set("\u200c\u200d")
    assert OneLine(line) == OneLine.of(line)


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=LONGEST))
def test_a_name_stays_as_it_is(name) -> None:
    assert OneLine.of(name).value == OneLine(name).value == name


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "a\nb",
        "a\r\nBcc: x@example.org",
        "a\u2028b",
        "a\x00",
        "\u202egnp.exe",
        "x" * 201,
        "see https://x.example",
        "WWW.x.y",
    ],
)
def test_what_is_no_line_is_refused(text) -> None:
    with pytest.raises(Unusable):
        OneLine(text)
