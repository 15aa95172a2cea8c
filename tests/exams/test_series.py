"""Series of exams: who may take which exam next, when the whole is passed, and who is told."""

import html
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.catalog.actions import set_price
from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.models import InvitationRow
from linkspan.exams.rules import Completion, SeriesTerms
from linkspan.exams.rules.series import Result, check_series, completed, next_exams
from linkspan.finance.actions import pay
from linkspan.finance.queries import charges_of
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.versions import Changed
from linkspan.messages.models import NoticeRow
from linkspan.records.models import FactRow
from linkspan.screens.learner_home import learner_home

FOUR = SeriesTerms("The four exams", ("W", "X", "Y", "Z"), pass_percent=Decimal(60))


def results(**percents) -> dict[str, Result]:
    return {code: Result(Decimal(str(percent)), percent >= 50) for code, percent in percents.items()}


@pytest.mark.parametrize(
    ("terms", "have", "percent", "passed"),
    [
        ({}, {"W": 50, "X": 60, "Y": 70}, None, False),
        ({}, {"W": 50, "X": 60, "Y": 70, "Z": 80}, "65.0", True),
        ({}, {"W": 49, "X": 60, "Y": 70, "Z": 80}, "64.8", False),
        ({"completion": Completion.MEAN}, {"W": 0, "X": 80, "Y": 80, "Z": 80}, "60.0", True),
        ({"completion": Completion.MEAN}, {"W": 0, "X": 80, "Y": 80}, None, False),
        (
            {"completion": Completion.MEAN, "weights": tuple(map(Decimal, (3, 1, 1, 1)))},
            {"W": 0, "X": 80, "Y": 80, "Z": 80},
            "40.0",
            False,
        ),
        (
            {"completion": Completion.MEAN, "pass_percent": Decimal("66.7")},
            {"W": 66, "X": 67, "Y": 67, "Z": 66.6},
            "66.7",
            True,
        ),
        ({"completion": Completion.BEST, "best": 2}, {"W": 59.9, "Y": 60}, "60.0", True),
        ({"completion": Completion.BEST, "best": 2}, {"W": 90}, None, False),
        ({"completion": Completion.BEST, "best": 2}, {"W": 0, "X": 50, "Y": 60, "Z": 61}, "60.5", True),
    ],
    ids=range(10),
)
def test_when_the_whole_is_passed(terms, have, percent, passed) -> None:
    assert completed(replace(FOUR, **terms), results(**have)) == (percent and Decimal(percent), passed)


@drawn(
    st.dictionaries(st.sampled_from(FOUR.exams), st.integers(0, 100)), st.integers(1, 4), st.sampled_from(Completion)
)
def test_a_better_result_never_takes_the_whole_away(have, best, completion) -> None:
    terms = replace(FOUR, completion=completion, best=best)
    before = completed(terms, results(**have))
    for code in have:
        after = completed(terms, results(**(have | {code: 100})))
        assert after[1] or not before[1]
        assert before[0] is None or after[0] >= before[0]


def test_what_comes_next() -> None:
    have = results(W=70, X=40)
    assert next_exams(FOUR, have) == ("X", "Y", "Z")
    assert next_exams(replace(FOUR, in_order=True), have) == ("X",)
    assert next_exams(replace(FOUR, in_order=True, completion=Completion.MEAN), have) == ("Y",)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"title": " "}, "title"),
        ({"exams": ()}, "exams"),
        ({"exams": ("W", "W")}, "exams"),
        ({"weights": (Decimal(1),)}, "weights"),
        ({"weights": (Decimal(0),) * 4}, "weights"),
        ({"weights": (Decimal("NaN"),) * 4}, "weights"),
        ({"completion": Completion.BEST, "best": 5}, "best"),
        ({"pass_percent": Decimal("Infinity")}, "pass_percent"),
        ({"pass_percent": Decimal("60.001")}, "pass_percent"),
    ],
    ids=range(9),
)
def test_terms_out_of_range_are_named(terms, field) -> None:
    with pytest.raises(Invalid) as no:
        check_series(replace(FOUR, **terms))
    assert set(no.value.fields) == {field}


def put_exam(code: str, **terms) -> None:
    told = replace(make.TERMS, title=f"Exam {code}", courses=(), attempts_allowed=3, **terms)
    actions.draft_exam(actor=SYSTEM, code=code, program_key="MITx/SCM", terms=told, bank=make.BANK, now=NOW)
    actions.publish_version(actor=SYSTEM, code=code, number=1, now=NOW)


def put_series(**terms):
    told = replace(SeriesTerms("Two exams", ("CFx", "CFy")), **terms)
    actions.draft_series(actor=SYSTEM, code="CF", program_key="MITx/SCM", terms=told, now=NOW)
    return actions.publish_series(actor=SYSTEM, code="CF", number=1, now=NOW)


def words(learner, code="CFx"):
    return {one.reason.code for one in queries.exam_reasons(learner, learner.person_id, code, NOW)}


@pytest.fixture
def second(cast):
    put_exam("CFy")


def sit(cast, learner, sitting, right=True, code="CFx"):
    """An attempt with a released result."""
    attempt = make.begin(cast, learner, sitting)
    make.hand_in(learner, attempt, right=right)
    actions.review_attempt(actor=cast["proctor"], attempt_id=attempt.id, accept=True, reason="", now=make.LATER)
    actions.release_result(attempt_id=attempt.id, now=make.RELEASE)


@pytest.mark.django_db
def test_only_who_is_invited_may_book_and_each_is_told_once(cast, second, learner, monkeypatch) -> None:
    put_series(by_invitation=True)
    staff, other = cast["staff"], person("Other Sample")
    assert "series_not_invited" in words(learner) and queries.my_series(learner) == ()
    with pytest.raises(Refused, match="You pay once"):
        actions.register_for_exam(actor=learner, code="CFx", now=NOW)
    with pytest.raises(Refused) as no:
        actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=NOW)
    assert "series_not_invited" in {one.reason.code for one in no.value.reasons}
    outbox.drain(now=NOW)
    NoticeRow.objects.all().delete()
    address, far = "learner@example.org", "nobody@example.org"
    content = f"email\n{address}\n{far}\nno address\n{address.upper()},\n"
    told = {"actor": staff, "code": "CF", "content": content, "now": NOW}
    trial = actions.invite_learners(**told, trial=True)
    assert [(one.row, one.outcome) for one in trial] == [(2, "invited"), (3, "refused"), (4, "refused"), (5, "same")]
    assert not InvitationRow.objects.exists()
    assert actions.invite_learners(**told) == trial
    assert {one.outcome for one in actions.invite_learners(**told)} == {"same", "refused"}
    outbox.drain(now=NOW)
    assert [(one.recipient_id, one.kind) for one in NoticeRow.objects.all()] == [(learner.person_id, "series_invited")]
    assert "series_not_invited" not in words(learner)
    (standing,) = queries.my_series(learner)
    assert standing.invited and [one.next for one in standing.parts] == [True, True]
    for wrong in (cast["proctor"], learner, other, person("Far", ("program_staff", "HES"))):
        with pytest.raises((NotPermitted, NotFound)):
            actions.invite_learners(**told | {"actor": wrong})
        with pytest.raises((NotPermitted, NotFound)):
            queries.learners_in(wrong, "CF")
        with pytest.raises((NotPermitted, NotFound)):
            queries.made_series(wrong, "MITx")
    mine = {"code": "CF", "learner_id": learner.person_id, "now": NOW}
    with pytest.raises(Unusable):
        actions.withdraw_invitation(actor=staff, reason=" ", **mine)
    actions.withdraw_invitation(actor=staff, reason="By mistake.", **mine)
    outbox.drain(now=NOW)
    assert "series_not_invited" in words(learner)
    assert (
        NoticeRow.objects.filter(kind="series_uninvited").values_list("recipient_id", flat=True)[0] == learner.person_id
    )
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)
    why = browser(staff).post("/desk/exams/CFx/booking/", {"email": address}, follow=True).content.decode()
    assert "you are not invited to Two exams" in html.unescape(why)


@pytest.mark.django_db
def test_in_order_done_by_all_and_on_record_as_an_exam(cast, second, learner, sitting, monkeypatch) -> None:
    put_series(in_order=True, one_fee=True)
    assert words(learner) == set(), "what was paid before stays paid"
    assert words(learner, "CFy") == {"series_order_open", "exam_fee_open"}
    set_price(
        actor=SYSTEM, institution="MITx", subject="exam:CF", price=Money(9000, "USD"), valid_from=NOW.date(), now=NOW
    )
    charge = actions.register_for_exam(actor=learner, code="CFy", now=NOW)
    pay(actor=SYSTEM, charge_id=charge, reference="receipt", now=NOW)
    assert [one.subject for one in charges_of(learner, learner.person_id)][-1] == "exam:CF"
    assert words(learner, "CFy") == {"series_order_open"}
    sit(cast, learner, sitting)
    assert "series_order_open" not in words(learner, "CFy")
    assert not FactRow.objects.filter(learner_id=learner.person_id, data__id="CF").exists()
    other = actions.add_sitting(
        actor=SYSTEM, code="CFy", opens_at=make.OPENS, closes_at=make.CLOSES, release_at=make.RELEASE, now=NOW
    )
    (standing,) = queries.my_series(learner)
    assert [one.next for one in standing.parts] == [False, True] and not standing.passed
    sit(cast, learner, other)
    (standing,) = queries.my_series(learner)
    assert standing.passed and standing.percent == 100
    fact = FactRow.objects.get(learner_id=learner.person_id, data__id="CF")
    assert fact.data["passed"] and fact.data["grade"] == {"scale": "percent", "value": "100.0"}
    page = queries.learners_in(cast["staff"], "CF")
    assert [(one, found.passed) for one, found in page.rows] == [(learner.person_id, True)]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: make.RELEASE)
    for place in ("/exams/", "/dashboard/"):
        shown = html.unescape(browser(learner).get(place).content.decode())
        assert "This series is passed." in shown and "Exam CFy" in shown


@pytest.mark.django_db
def test_my_studies_show_a_series_once_it_is_begun_and_what_passes_it(cast, second, learner, sitting) -> None:
    put_series(completion=Completion.MEAN, pass_percent=Decimal(60))
    assert "Two exams" in browser(learner).get("/exams/").content.decode()
    assert learner_home(learner, NOW).series == ()
    sit(cast, learner, sitting)
    (told,) = learner_home(learner, make.RELEASE).series
    assert (told.begun, told.passed, told.pass_percent) == (True, False, 60)
    assert [(one.code, one.passed, one.next) for one in told.exams] == [("CFx", True, False), ("CFy", False, True)]
    shown = html.unescape(browser(learner).get("/dashboard/").content.decode())
    assert "The mean of all, by weight, reaches the pass mark" in shown and "Pass mark 60%" in shown
    assert "Two exams" not in browser(person("Other Sample")).get("/dashboard/").content.decode()


@pytest.mark.django_db
def test_an_exam_that_is_only_within_a_series_is_priced_by_form_and_by_its_own_institution(cast, second) -> None:
    put_series()
    staff = browser(cast["staff"])
    shown = html.unescape(staff.get("/desk/catalogue/MITx/price/enter/").content.decode())
    assert 'value="exam:CFy"' in shown and 'value="exam:CF"' in shown
    told = {"subject": "exam:CFy", "price": Money(9000, "USD"), "valid_from": NOW.date(), "now": NOW}
    with pytest.raises(NotPermitted):
        set_price(actor=SYSTEM, institution="HES", **told)
    set_price(actor=SYSTEM, institution="MITx", **told)
    assert "CFy" in staff.get("/desk/catalogue/MITx/price/").content.decode()


@pytest.mark.django_db
def test_a_version_never_changes_and_who_began_keeps_theirs(cast, second, learner, sitting) -> None:
    staff = cast["staff"]
    put_series(completion=Completion.BEST, best=1, pass_percent=Decimal(60))
    attempt = make.begin(cast, learner, sitting)
    later = NOW + timedelta(days=1)
    terms = SeriesTerms("Two exams", ("CFx", "CFy"))
    draft = actions.change_series(actor=staff, code="CF", terms=terms, now=later)
    assert draft.version == 2 and queries.series_versions(staff, "CF")[1].terms.best == 1
    with pytest.raises(Changed):
        actions.publish_series(actor=staff, code="CF", number=2, seen="other", now=later)
    actions.publish_series(actor=staff, code="CF", number=2, now=later)
    make.hand_in(learner, attempt)
    actions.review_attempt(actor=cast["proctor"], attempt_id=attempt.id, accept=True, reason="", now=make.LATER)
    actions.release_result(attempt_id=attempt.id, now=make.RELEASE)
    (mine,) = queries.my_series(learner)
    assert (mine.series.version, mine.passed) == (1, True)
    (other,) = queries.my_series(person("Other Sample"))
    assert (other.series.version, other.passed) == (2, False)


@pytest.mark.django_db
def test_what_cannot_be_a_series_is_refused(cast, second) -> None:
    told = {"actor": SYSTEM, "program_key": "MITx/SCM", "now": NOW}
    two = SeriesTerms("Two exams", ("CFx", "CFy"))
    for code, terms in (("CFx", two), ("A", replace(two, exams=("CFx", "none"))), ("bad code", two)):
        with pytest.raises(Invalid):
            actions.draft_series(code=code, terms=terms, **told)
    put_series()
    actions.draft_series(code="B", terms=two, **told)
    with pytest.raises(Refused, match="belongs to the series CF"):
        actions.publish_series(actor=SYSTEM, code="B", number=1, now=NOW)
    with pytest.raises(Refused, match="asks for no invitation"):
        actions.invite_learners(actor=cast["staff"], code="CF", content="a@example.org", now=NOW)
    with pytest.raises(Invalid):
        actions.draft_exam(actor=SYSTEM, code="CF", program_key="MITx/SCM", terms=make.TERMS, now=NOW)
    actions.set_second_person(actor=SYSTEM, institution="MITx", second_person=True, now=NOW)
    staff = cast["staff"]
    actions.change_series(actor=staff, code="B", terms=replace(two, exams=("CFx",)), now=NOW)
    with pytest.raises(Refused, match="Here another person"):
        actions.publish_series(actor=staff, code="B", number=1, now=NOW)


@pytest.mark.django_db
def test_by_page_and_api(cast, second, learner, client, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)
    staff = browser(cast["staff"])
    school = "/desk/exams/make/at/MITx/series/"
    typed = {"program": "MITx/SCM", "code": "CF", "title": "Two exams", "completion": "weighted_mean", "best": "1"}
    typed |= {"exams": "CFx = 2\nCFy = much", "pass_percent": "60", "by_invitation": "yes"}
    again = staff.post(school, typed)
    assert again.status_code == 422 and "CFy = much" in again.content.decode()
    assert staff.post(school, typed | {"exams": "CFx = 2\nCFy = 1"}).status_code == 302
    here = "/desk/exam-series/CF/"
    page = staff.get(here).content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    stale = staff.post(here, {"do": "publish", "seen": "0" * 64})
    assert stale.status_code == 409 and staff.post(here, {"do": "publish", "seen": seen}).status_code == 302
    checked = staff.post(here, {"do": "check", "content": "learner@example.org\nx"}).content.decode()
    assert "Invite 1 learner" in checked and not InvitationRow.objects.exists()
    assert staff.post(here, {"do": "invite", "content": "learner@example.org\nx"}).status_code == 302
    assert learner.name in html.unescape(staff.get(here).content.decode())
    withdrawn = {"do": "withdraw", "learner": str(learner.person_id)}
    assert staff.post(here, withdrawn | {"reason": ""}).status_code == 422
    assert staff.post(here, withdrawn | {"reason": "Again."}).status_code == 302
    assert browser(learner).get(here).status_code in (403, 404)
    assert staff.post(here, {"do": "other"}).status_code in (400, 422)

    def post(path, body, key, who=cast["staff"]):
        headers = {"Authorization": f"Bearer {token_for(who)}", "Idempotency-Key": key}
        return client.post(f"/api/v1/exam_series{path}", body, content_type="application/json", headers=headers)

    terms = {"title": "Two exams", "exams": ["CFx", "CFy"], "completion": "best_results", "best": 1}
    assert post("/series/CF/draft", terms | {"best": 9}, "k1").status_code == 422
    made = post("/series/CF/draft", terms | {"by_invitation": True}, "k2").json()
    assert (made["version"], made["published"]) == (2, False)
    assert post("/series/CF/versions/2/publication", {}, "k3").json()["published"]
    body = {"emails": ["learner@example.org"], "dry_run": False}
    assert post("/series/CF/invitations", body, "k4").json()[0]["outcome"] == "invited"
    assert post("/series/CF/invitations", body, "k5", learner).status_code == 403
    headers = {"Authorization": f"Bearer {token_for(learner)}"}
    (mine,) = client.get("/api/v1/exam_series/mine", headers=headers).json()
    assert (mine["code"], mine["version"], mine["invited"]) == ("CF", 2, True)
    headers = {"Authorization": f"Bearer {token_for(cast['staff'])}"}
    assert client.get("/api/v1/exam_series/series/CF/learners", headers=headers).json()["total"] == 1
    assert len(client.get("/api/v1/exam_series/series/CF/versions", headers=headers).json()) == 2
    assert len(client.get("/api/v1/exam_series/institutions/MITx", headers=headers).json()) == 1
    path = f"/series/CF/invitations/{learner.person_id}/withdrawal"
    assert post(path, {"reason": "Over."}, "k6").status_code == 204
    new = terms | {"code": "D", "program": "MITx/SCM"}
    assert post("/series", new, "k7").json()["code"] == "D"
