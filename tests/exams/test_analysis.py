"""How the questions of a released exam did: of groups only, by what is released, with the numbers by hand."""

import html
import re
import uuid
from decimal import Decimal

import pytest
from tests.factories import exams as make
from tests.factories.people import NOW, browser, person

from linkspan.exams import queries
from linkspan.exams.models import AttemptRow, ExamVersionRow, ResponseRow
from linkspan.kernel.bands import Band
from linkspan.kernel.errors import NotFound

pytestmark = pytest.mark.django_db
PAGE = "/desk/exams/make/CFx/versions/1/analysis/"


def attempt(sitting, right: str, form=("a1", "a2", "b1"), **fields) -> None:
    """An accepted and released attempt in which these items were answered rightly, and the others not at all."""
    row = AttemptRow.objects.create(
        learner_id=uuid.uuid4(),
        sitting_id=sitting,
        version=ExamVersionRow.objects.get(exam="CFx"),
        seed=1,
        form=list(form),
        created_at=NOW,
        **{"state": "verified", "released_at": NOW, **fields},
    )
    for name in right.split():
        told = {"learner_id": row.learner_id, "attempt": row, "item": name, "at": NOW}
        ResponseRow.objects.create(given=["wrong"], version=1, **told)
        ResponseRow.objects.create(given=make.RIGHT[name], version=2, **told)


@pytest.fixture
def sat(sitting) -> None:
    """Ten learners: the five that have a1 right have b1 right too, and two of the others have a2."""
    for n in range(10):
        attempt(sitting, "a1 b1" if n < 5 else "a2" if n < 7 else "")
    attempt(sitting, "a2", released_at=None)
    attempt(sitting, "a2", state="rejected")


def test_the_figures_are_those_by_hand(cast, sat) -> None:
    found = queries.item_analysis(cast["staff"], "CFx", 1)
    told = [(one.item.id, one.learners, one.right, one.discrimination) for one in found]
    band = Band(10, 14)
    assert told == [
        ("a2", band, 20, Decimal("-0.50")),
        ("a1", band, 50, Decimal("0.65")),
        ("b1", band, 50, Decimal("0.65")),
    ]


def test_a_small_group_is_hidden(cast, sitting) -> None:
    for _ in range(9):
        attempt(sitting, "a1", form=("a1", "b1"))
    attempt(sitting, "b1", form=("b1",))
    found = queries.item_analysis(cast["staff"], "CFx", 1)
    assert [(one.item.id, one.right, one.discrimination) for one in found] == [
        ("b1", 10, Decimal("-1.00")),
        ("a1", None, None),
    ]
    page = html.unescape(browser(cast["staff"]).get(PAGE).content.decode())
    assert len(re.findall(r"hidden\s*</td>", page)) == 2 and "Look at it" in page and "<svg" in page


def test_the_page_is_for_who_makes_the_exam(cast, sitting) -> None:
    assert "No result of this version is out yet." in browser(cast["staff"]).get(PAGE).content.decode()
    for other in (cast["proctor"], cast["learner"], person("Staff Elsewhere", ("program_staff", "HES"))):
        assert browser(other).get(PAGE).status_code == 404
        with pytest.raises(NotFound):
            queries.item_analysis(other, "CFx", 1)
