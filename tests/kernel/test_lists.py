"""Numbers that people read out, and orders that are exact."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.ids import DIGITS, ending_of, new_id, number_of


@given(st.uuids())
def test_a_number_leads_back_to_the_end_of_its_id(one: UUID) -> None:
    number = number_of(one)
    assert len(number) == 9 and set(number) <= {*DIGITS, "-"}
    said = number.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert ending_of(number) == ending_of(said) == one.hex[-10:]


@given(st.text(max_size=12))
def test_what_is_no_number_ends_nothing(text: str) -> None:
    ending = ending_of(text)
    assert ending is None or UUID(f"{0:022x}{ending}").hex.endswith(ending)


def test_new_things_have_numbers_of_their_own() -> None:
    assert len({number_of(new_id()) for _ in range(1_000)}) == 1_000
