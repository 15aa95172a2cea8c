"""Nobody pays for an exam that they may not sit."""

import pytest
from tests.factories import exams as make
from tests.factories.people import NOW, browser, person
from tests.factories.story import put_grades

from linkspan.exams import actions
from linkspan.finance.models import ChargeRow
from linkspan.kernel.errors import Refused

pytestmark = pytest.mark.django_db
CODE = "CFx"


def test_the_fee_is_asked_for_once_the_rest_is_met(cast, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    learner = person("Ana A")
    page = browser(learner)
    for first in (lambda: put_grades(learner, exam=None, now=NOW), lambda: make.confirm_name(learner, cast["staff"])):
        shown = page.get("/exams/").content.decode()
        assert "You register and pay once these are met" in shown and "Register and pay the fee" not in shown
        with pytest.raises(Refused) as no:
            actions.register_for_exam(actor=learner, code=CODE, now=NOW)
        assert no.value.code == "fee_too_early" and no.value.reasons
        assert page.post(f"/exams/{CODE}/register/").status_code == 409
        assert not ChargeRow.objects.filter(learner_id=learner.person_id).exists()
        first()
    assert "Register and pay the fee" in page.get("/exams/").content.decode()
    assert page.post(f"/exams/{CODE}/register/").status_code == 302
