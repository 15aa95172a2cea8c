"""A username of a learning platform is linked with a person by proof: a code, an address, or two of the staff."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.runs import RUN, put_run

from linkspan.courseware import actions, queries
from linkspan.courseware.models import UsernameLinkRow, UsernameRow
from linkspan.courseware.rules import Form, Named, Reading
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.lists import Ask
from linkspan.messages.models import MailRow, NoticeRow
from linkspan.records.actions import import_from_platform
from linkspan.records.models import FactRow
from linkspan.records.queries import platform_file

pytestmark = pytest.mark.django_db
PLACE = "courses.example.edu"
HEADER = "Email,Username,Grade,Enrollment Track"
ADA = Named("MITx", PLACE, "ada")


def confirmed(name: str, *roles) -> Actor:
    who = person(name, *roles)
    email = f"{name.lower().replace(' ', '.')}@example.org"
    EmailAddress.objects.create(user_id=who.person_id, email=email, verified=True, primary=True)
    return who


def hand_over(*rows: str, institution="MITx", now=NOW):
    raw = "\n".join([HEADER, *rows]).encode()
    file = platform_file(SYSTEM, institution, "r.csv", raw, Reading(Form.GRADE_REPORT, RUN, PLACE), now)
    return import_from_platform(actor=SYSTEM, institution=institution, platform=file, now=now)


@pytest.fixture(autouse=True)
def _run() -> None:
    put_run()


def code_in_mail() -> str:
    (found,) = re.findall(r"^[B-Z2-9]{8}$", MailRow.objects.latest("at").body, re.MULTILINE)
    return found


def told_whom() -> set:
    outbox.drain(now=NOW)
    return set(NoticeRow.objects.filter(kind="username_linked").values_list("recipient_id", flat=True))


def test_a_code_to_the_platforms_address_links_and_grades_then_go_to_the_person() -> None:
    ada = confirmed("Ada")
    assert hand_over("ada@old.example.com,ada,0.8,verified", "elsewhere@example.com,bob,0.7,verified").opened == 2
    asked = actions.ask_username_code(actor=ada, named=ADA, now=NOW)
    assert MailRow.objects.get().to == "ada@old.example.com"
    with pytest.raises(Unusable):
        actions.link_by_code(actor=ada, code_id=asked, code="BBBBBBBB", now=NOW)
    code = code_in_mail()
    typed = f" {code.lower()[:4]}-{code[4:]}"
    link = actions.link_by_code(actor=ada, code_id=asked, code=typed, now=NOW)
    assert UsernameLinkRow.objects.get(id=link).proof == "code" and told_whom() == {ada.person_id}
    with pytest.raises(Refused):
        actions.link_by_code(actor=ada, code_id=asked, code=code, now=NOW)
    done = hand_over("ada@old.example.com,ada,0.8,verified", ",ada,0.8,verified")
    assert (done.new, done.known, done.opened) == (1, 1, 0)
    assert FactRow.objects.filter(learner_id=ada.person_id).count() == 1
    assert list(audit.broken_links()) == []


def test_without_a_link_a_row_without_an_address_is_nobodys_and_staff_see_it() -> None:
    done = hand_over(",ada,0.8,verified", "bob@example.com,bob,0.7,verified", "c@example.com,cleo,0.7,audit")
    assert [(one.row, one.field) for one in done.refused] == [(2, "username")]
    staff = confirmed("Staff", ("program_staff", "MITx"))
    names = lambda **by: [one.named.username for one in queries.usernames_at(staff, Ask(filters=by)).rows]  # noqa: E731
    assert (names(), names(state="unlinked"), names(state="by_address")) == (["ada", "bob"], ["ada"], ["bob"])
    with pytest.raises(NotPermitted):
        queries.usernames_at(confirmed("Ada"), Ask())
    assert queries.usernames_at(confirmed("Other", ("registrar", "HES")), Ask()).rows == ()


def test_the_platforms_own_row_with_my_confirmed_address_is_offered_and_linked_when_i_say_so() -> None:
    ada, other = confirmed("Ada"), confirmed("Other")
    hand_over("ada@example.org,ada,0.8,verified")
    assert queries.told_of_me(ada) == (ADA,) and queries.told_of_me(other) == ()
    with pytest.raises(Refused) as error:
        actions.link_by_address(actor=other, named=ADA, now=NOW)
    assert error.value.code == "address_differs"
    actions.link_by_address(actor=ada, named=ADA, now=NOW)
    actions.link_by_address(actor=ada, named=ADA, now=NOW)
    assert UsernameLinkRow.objects.count() == 1 and queries.told_of_me(ada) == ()


def test_who_has_not_confirmed_the_address_is_offered_nothing() -> None:
    ada = person("Ada")
    hand_over("ada@example.org,ada,0.8,verified")
    assert queries.told_of_me(ada) == ()
    for act in (actions.link_by_address, actions.ask_username_code):
        with pytest.raises(Refused):
            act(actor=ada, named=ADA, now=NOW)
    assert not MailRow.objects.exists() and not UsernameLinkRow.objects.exists()


def test_codes_end_after_five_tries_half_an_hour_and_are_for_who_asked() -> None:
    ada, eve = confirmed("Ada"), confirmed("Eve")
    hand_over("ada@old.example.com,ada,0.8,verified")
    asked = actions.ask_username_code(actor=eve, named=ADA, now=NOW)
    for code_id, who, when, error in (
        (asked, ada, NOW, NotFound),
        (asked, eve, NOW + timedelta(minutes=30), Refused),
    ):
        with pytest.raises(error):
            actions.link_by_code(actor=who, code_id=code_id, code=code_in_mail(), now=when)
    for _ in range(5):
        with pytest.raises(Unusable):
            actions.link_by_code(actor=eve, code_id=asked, code="guess", now=NOW)
    with pytest.raises(Refused):
        actions.link_by_code(actor=eve, code_id=asked, code=code_in_mail(), now=NOW)


def test_asking_tells_nobody_whether_a_username_is_known_and_floods_nobody() -> None:
    hand_over("ada@old.example.com,ada,0.8,verified", ",bob,0.7,verified")
    people = [confirmed(name) for name in ("Ada", "Eve")]
    for named in (Named("MITx", PLACE, "nobody"), Named("MITx", PLACE, "bob"), Named("HES", PLACE, "ada")):
        assert actions.ask_username_code(actor=people[0], named=named, now=NOW)
    assert not MailRow.objects.exists()
    for _ in range(2):
        actions.ask_username_code(actor=people[0], named=ADA, now=NOW)
    with pytest.raises(Refused):
        actions.ask_username_code(actor=people[0], named=ADA, now=NOW)
    for _ in range(3):
        actions.ask_username_code(actor=people[1], named=ADA, now=NOW)
    assert MailRow.objects.count() == 3


def test_staff_link_with_a_reason_and_another_decides() -> None:
    ada = confirmed("Ada")
    one, two = confirmed("One", ("registrar", "MITx")), confirmed("Two", ("program_staff", "MITx"))
    hand_over(",ada,0.8,verified")
    row = UsernameRow.objects.get()
    asked = {"username_id": row.id, "email": "ada@example.org", "now": NOW}
    for actor, told, error in (
        (one, {"reason": " "}, Unusable),
        (one, {"reason": "Called.", "email": "nobody@example.org"}, Unusable),
        (one, {"reason": "Called.", "email": "one@example.org"}, Refused),
        (ada, {"reason": "Me."}, NotFound),
        (confirmed("Far", ("registrar", "HES")), {"reason": "Far."}, NotFound),
    ):
        with pytest.raises(error):
            actions.propose_link(actor=actor, **(asked | told))
    link = actions.propose_link(actor=one, reason="Called.", **asked)
    assert (queries.links_to_decide(one), queries.links_to_decide(two)) == (0, 1)
    assert hand_over(",ada,0.8,verified").new == 0
    with pytest.raises(Refused):
        actions.propose_link(actor=two, reason="Again.", **asked)
    with pytest.raises(NotPermitted):
        actions.decide_link(actor=one, link_id=link, accept=True, now=NOW)
    with pytest.raises(NotFound):
        actions.decide_link(actor=ada, link_id=link, accept=True, now=NOW)
    actions.decide_link(actor=two, link_id=link, accept=True, now=NOW)
    actions.decide_link(actor=two, link_id=link, accept=True, now=NOW)
    assert told_whom() == {ada.person_id} and hand_over(",ada,0.8,verified").new == 1
    with pytest.raises(Unusable):
        actions.end_link(actor=one, link_id=link, reason="", now=NOW)
    actions.end_link(actor=ada, link_id=link, reason="", now=NOW)
    actions.end_link(actor=ada, link_id=link, reason="", now=NOW)
    assert hand_over(",ada,0.9,verified").refused_rows == (2,) and FactRow.objects.count() == 1
    assert [one.state for one in queries.links_of(ADA)] == ["ended"]


def test_nobody_takes_a_username_that_is_linked_with_another() -> None:
    ada = confirmed("Ada")
    hand_over("ada@example.org,ada,0.8,verified")
    actions.link_by_address(actor=ada, named=ADA, now=NOW)
    hand_over("eve@example.org,ada,0.8,verified")
    with pytest.raises(Refused) as error:
        actions.link_by_address(actor=confirmed("Eve"), named=ADA, now=NOW)
    assert error.value.code == "username_taken"
    assert FactRow.objects.values("learner_id").distinct().count() == 1


def test_a_linked_username_counts_at_its_own_platform_and_institution_alone() -> None:
    ada = confirmed("Ada")
    hand_over("ada@example.org,ada,0.8,verified")
    actions.link_by_address(actor=ada, named=ADA, now=NOW)
    assert queries.linked_addresses("MITx", PLACE) == {"ada": "ada@example.org"}
    assert queries.linked_addresses("MITx", "other.example.edu") == queries.linked_addresses("HES", PLACE) == {}


def test_the_pages_of_the_learner_and_of_staff() -> None:
    ada = confirmed("Ada")
    hand_over("ada@example.org,ada,0.8,verified", "ada@old.example.com,ada2,0.8,verified", ",bob,0.7,verified")
    client, page = browser(ada), "/account/usernames/"
    text = client.get(page).content.decode()
    assert "Is ada you?" in text and page in client.get("/account/").content.decode()
    where = {"where": f"MITx {PLACE}"}
    assert client.post(page, {"do": "confirm", "username": "ada", **where}).status_code == 302
    assert client.post(page, {"do": "code", "code": "x"}).status_code == 404
    assert client.post(page, {"do": "ask", "username": "ada2", **where}).status_code == 302
    wrong = client.post(page, {"do": "code", "code": "x"})
    assert wrong.status_code == 422 and 'id="code-error"' in wrong.content.decode()
    assert client.post(page, {"do": "code", "code": code_in_mail()}).status_code == 302
    mine = queries.my_usernames(ada)
    assert [one.named.username for one in mine] == ["ada", "ada2"]
    assert client.post(page, {"do": "end", "link": str(mine[0].id)}).status_code == 302
    assert client.post(page, {"do": "end", "link": "x"}).status_code == 404
    assert client.get("/desk/usernames/").status_code == 403 and Client().get(page).status_code == 302
    one, two = (browser(confirmed(name, ("registrar", "MITx"))) for name in ("One", "Two"))
    listed = one.get("/desk/usernames/").content.decode()
    row = UsernameRow.objects.get(username="bob")
    desk = f"/desk/usernames/{row.id}/"
    assert desk in listed and "ada2" not in listed
    kept = one.post(desk, {"do": "propose", "email": "no@example.org", "reason": "kept"})
    assert kept.status_code == 422 and 'value="kept"' in kept.content.decode()
    assert one.post(desk, {"do": "propose", "email": "ada@example.org", "reason": "Called."}).status_code == 302
    assert one.post(desk, {"do": "accept"}).status_code == 403
    assert "One proposed this" in two.get(desk).content.decode()
    assert two.post(desk, {"do": "accept"}).status_code == 302
    assert two.post(desk, {"do": "end", "reason": "Mistake."}).status_code == 302
    assert client.get(desk).status_code == 404


def test_the_api_has_the_same() -> None:
    ada = confirmed("Ada")
    hand_over("ada@example.org,ada,0.8,verified", "x@old.example.com,ada2,0.8,verified", ",bob,0.7,verified")
    call = lambda who, path, body: browser(who).post(  # noqa: E731
        f"/api/v1/usernames{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=path
    )
    named = {"institution": "MITx", "platform": f"https://{PLACE}/", "username": "ada"}
    assert [one["username"] for one in browser(ada).get("/api/v1/usernames/offered").json()] == ["ada"]
    assert call(ada, "/confirm", named).status_code == 200
    asked = call(ada, "/codes", named | {"username": "ada2"}).json()["id"]
    assert call(ada, f"/codes/{asked}", {"code": code_in_mail()}).status_code == 200
    assert len(browser(ada).get("/api/v1/usernames/mine").json()) == 2
    one, two = (confirmed(name, ("registrar", "MITx")) for name in ("One", "Two"))
    row = UsernameRow.objects.get(username="bob")
    link = call(one, f"/{row.id}/propose", {"email": "ada@example.org", "reason": "Called."}).json()["id"]
    assert call(one, f"/links/{link}/decide", {"accept": True}).status_code == 403
    assert call(two, f"/links/{link}/decide", {"accept": True}).status_code == 204
    assert call(two, f"/links/{link}/end", {"reason": "Mistake."}).status_code == 204
    listed = browser(one).get("/api/v1/screens/desk/lists/usernames").json()
    assert listed["total"] == 3
