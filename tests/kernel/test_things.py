"""What something is about is stored as text and read back, whatever its keys hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.things import About, Thing


@given(st.sampled_from(Thing), st.lists(st.text(min_size=1)))
def test_what_is_written_is_read(thing: Thing, keys: list[str]) -> None:
    about = About.of(thing, *keys)
    assert About.read(str(about)) == about


@pytest.mark.parametrize("text", ["", "/dashboard/", "nothing:1"])
def test_what_is_of_no_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a valid Thing"):
        About.read(text)
