"""Whether somebody has an account is told to staff alone: to others a known address and an unknown one look alike."""

import re

import pytest
from django.urls import reverse
from tests.factories.people import browser, person
from tests.factories.world import load_world_with_courses

from linkspan.accounts.queries import account_at, recipient_at
from linkspan.kernel.errors import NotPermitted

pytestmark = pytest.mark.django_db
#: New on each page: that of the form in which the language is chosen.
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
RUN = "course-v1:MITx+SC0x+1T2018"
KNOWN, UNKNOWN = "known.sample@example.org", "nobody@example.org"
FORMS = {
    "credential_desk-commend": {"about": "MITx/SC0x", "title": "A title", "reason": "A reason"},
    "extensions-extensions": {"do": "grant", "subsection": "x", "due": "2019-01-01T00:00", "reason": "Illness"},
    "course_points-points": {"do": "look", "subsection": "x", "points": "1", "reason": "Illness"},
    "merging-desk": {"do": "propose", "ends": "other.sample@example.org", "reason": "One person"},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_learner_cannot_tell_whether_an_address_has_an_account(form) -> None:
    load_world_with_courses()
    person("Known Sample")
    asks = browser(person("Curious Sample"))
    address = reverse(form, args=[RUN] if form.startswith(("extensions", "course_points")) else [])
    told = [FORMS[form] | {"email": email, "stays": email} for email in (KNOWN, UNKNOWN, "no address")]
    answers = [asks.post(address, one) for one in told]
    assert [answer.status_code for answer in answers] == [403] * 3
    shown = {
        TOKEN.sub(b"", answer.content).replace(one["email"].encode(), b"what was typed")
        for one, answer in zip(told, answers, strict=True)
    }
    assert len(shown) == 1


def test_staff_look_an_address_up_and_nobody_else() -> None:
    known, staff = person("Known Sample"), person("Staff Sample", ("program_staff", "MITx"))
    assert account_at(staff, KNOWN) == known.person_id
    assert account_at(staff, UNKNOWN) is None
    for look_up in (account_at, recipient_at):
        for email in (KNOWN, UNKNOWN):
            with pytest.raises(NotPermitted):
                look_up(known, email)
