"""The school's inbox and the learner's consent pages: who reads what, across institutions, and what the log says."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.world import load_world_with_courses_and_holders

from linkspan.accounts import queries as accounts
from linkspan.accounts.actions import give_consent
from linkspan.admissions.actions import disclose_record, submit_application, withdraw_application
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import parse_instant
from linkspan.kernel.errors import NotFound, NotPermitted, Unusable
from linkspan.kernel.ids import new_id
from linkspan.messages.queries import notices_of
from linkspan.site.sample import story
from linkspan.site.sample.load import email_of, world

pytestmark = pytest.mark.django_db
AT = "2018-10-03T12:00:00+00:00"
NOW = parse_instant(AT)
HES = "/desk/inbox/HES/"
DENIED = ("mit-admissions", "learner", "staff", "proctor", "dean", "auditor", "operator")


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", AT)
    cast, holders = load_world_with_courses_and_holders()
    from linkspan.accounts.queries import actor_for

    return cast, actor_for(next(iter(holders.values())))


def browser(email: str) -> Client:
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(email=email))
    return client


def as_persona(persona: str) -> Client:
    return browser(email_of(persona))


def consent(holder: Actor, records=("credentials", "courses", "degrees"), institution="HES", **fields):
    told = {"purpose": "admission", "expires_at": NOW + timedelta(days=90), "now": NOW} | fields
    return give_consent(
        actor=holder,
        learner_id=holder.person_id,
        institution=institution,
        records=list(records),
        signature=holder.name,
        **told,
    )


def test_a_consenting_holder_arrives_with_verdict_and_audit(cast, django_assert_max_num_queries) -> None:
    _, holder = cast
    consent(holder)
    outbox.drain(now=NOW)
    staff = as_persona("hes-admissions")
    staff.get(HES)
    with django_assert_max_num_queries(22):
        page = staff.get(HES)
    assert holder.name in page.content.decode()
    shown = staff.post(f"{HES}{holder.person_id}/", {"purpose": "admission"})
    assert "signature" in shown.content.decode()
    assert [v.verdict for _, v in shown.context["shown"].credentials] == ["valid"]
    rows = shown.context["shown"].pathways
    assert [row.agreement.id for row in rows] == ["hes-development-practice-from-mitx-dedp"]
    outcomes = {r.clause: r.finding.outcome for r in rows[0].audit.requirements}
    assert outcomes["1"] == "met"
    log = accounts.disclosures_of(holder, holder.person_id).rows
    assert sorted((row.institution, row.purpose, row.basis, row.how) for row in log) == [
        ("HES", "admission", "consent", "page"),
        ("HES", "shares_the_record", "work", "list"),
        ("HES", "shares_the_record", "work", "list"),
    ]
    mine = browser("dedp-holder@example.org").get("/disclosures/").content.decode()
    assert "Kim HES-Admissions" in mine and "34 CFR 99.30" in mine


def test_staff_are_told_that_a_record_came(cast) -> None:
    people, holder = cast
    consent(holder)
    outbox.drain(now=NOW)
    outbox.drain(now=NOW)
    told = [n for n in notices_of(people["hes-admissions"]) if n.title.startswith("A learner shares")]
    assert len(told) == 1 and holder.name not in told[0].body
    assert not [n for n in notices_of(people["mit-admissions"]) if n.title.startswith("A learner shares")]


@pytest.mark.parametrize("persona", DENIED)
def test_nobody_else_reads_it(cast, persona) -> None:
    _, holder = cast
    consent(holder)
    client = as_persona(persona)
    assert client.get(HES).status_code == 403
    assert client.post(f"{HES}{holder.person_id}/", {"purpose": "admission"}).status_code == 403
    assert client.post(f"{HES}export/", {"format": "csv"}).status_code == 403
    assert accounts.disclosures_of(holder, holder.person_id).total == 0


def test_another_school_finds_nothing_in_its_own_inbox(cast) -> None:
    _, holder = cast
    consent(holder)
    other = as_persona("mit-admissions")
    assert other.get("/desk/inbox/MIT/").context["page"].total == 0
    assert other.post(f"/desk/inbox/MIT/{holder.person_id}/", {"purpose": "admission"}).status_code == 404
    assert other.post(f"/desk/inbox/MIT/{new_id()}/", {"purpose": "admission"}).status_code == 404


def test_visitors_sign_in_first(cast, client) -> None:
    for path in (HES, "/desk/inbox/", "/consents/", "/disclosures/"):
        assert client.get(path).status_code == 302
    assert client.get(f"{HES}{new_id()}/").status_code == 405


def test_only_the_consented_parts_are_shown(cast) -> None:
    people, holder = cast
    consent(holder, records=["courses"])
    told = disclose_record(
        actor=people["hes-admissions"], learner_id=holder.person_id, institution="HES", purpose="admission", now=NOW
    )
    assert told.credentials == () and "degrees" not in told.record and told.record["courses"]
    found = {r.clause: r.finding.outcome for r in told.pathways[0].audit.requirements}
    assert found["1"] == "unknown", "what is not shared is unknown, never a refusal"


@pytest.mark.parametrize("how", ["revoked", "ended", "other purpose", "no such purpose"])
def test_what_has_ended_is_closed(cast, how) -> None:
    people, holder = cast
    held = consent(holder)
    now, purpose, error = NOW, "admission", NotFound
    if how == "revoked":
        answer = browser("dedp-holder@example.org").post(f"/consents/{held}/revoke/")
        assert answer.status_code == 302
    elif how == "ended":
        now = NOW + timedelta(days=90)
    else:
        purpose, error = ("advising", NotFound) if how == "other purpose" else ("curiosity", Unusable)
    with pytest.raises(error):
        disclose_record(
            actor=people["hes-admissions"], learner_id=holder.person_id, institution="HES", purpose=purpose, now=now
        )
    assert accounts.disclosures_of(holder, holder.person_id).total == 0
    if how == "revoked":
        assert as_persona("hes-admissions").get(HES).context["page"].total == 0


def test_an_application_is_a_basis_of_its_own_until_it_is_withdrawn(cast) -> None:
    people, _ = cast
    learner = people["learner"]
    round_ = story.round_of(world(), "MIT")
    made = submit_application(actor=learner, round_id=round_.id, statement="", now=NOW)
    read = dict(actor=people["mit-admissions"], learner_id=learner.person_id, institution="MIT", purpose="admission")
    told = disclose_record(now=NOW, **read)
    assert told.basis == "seeks_enrolment" and [a.id for a in told.applications] == [made.id]
    page = as_persona("mit-admissions").get("/desk/inbox/MIT/?basis=seeks_enrolment&state=submitted&name=amara")
    assert page.context["page"].total == 1
    assert "99.31(a)(2)" in browser(email_of("learner")).get("/disclosures/").content.decode()
    with pytest.raises(NotPermitted):
        disclose_record(now=NOW, **(read | {"actor": people["hes-admissions"]}))
    withdraw_application(actor=learner, application_id=made.id, now=NOW)
    with pytest.raises(NotFound):
        disclose_record(now=NOW, **read)


def test_export_is_for_registrars_and_logged(cast) -> None:
    _, holder = cast
    consent(holder)
    assert as_persona("hes-admissions").post(f"{HES}export/", {"format": "csv"}).status_code == 403
    registrar = as_persona("registrar")
    sent = registrar.post(f"{HES}export/", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(sent.content.decode())))
    assert [(row["name"], row["verdicts"], row["basis"]) for row in rows] == [(holder.name, "valid", "consent")]
    told = json.loads(registrar.post(f"{HES}export/", {"format": "json"}).content)
    assert told["records"][0]["credentials"][0]["verification"]["verdict"] == "valid"
    assert told["records"][0]["audits"][0]["requirements"]
    assert [row.how for row in accounts.disclosures_of(holder, holder.person_id).rows] == ["export", "export"]
    assert json.loads(registrar.post(f"{HES}export/?name=zzz", {"format": "json"}).content)["records"] == []


def test_a_cell_is_never_a_formula() -> None:
    from linkspan.web.tables import plain_cell

    assert [plain_cell(c) for c in ("=1+1", "@x", "+1", "-1", "\tx", "plain")] == [
        "'=1+1",
        "'@x",
        "'+1",
        "'-1",
        "'\tx",
        "plain",
    ]


def test_filters_of_the_inbox_bear_anything(cast) -> None:
    staff = as_persona("hes-admissions")
    for odd in ("page=-1", "page=9999999999", "page=x", "state=x&basis=y", "order=z", "name=%00%27", "page=%C2%B2"):
        page = staff.get(f"{HES}?{odd}")
        assert page.status_code == 200, odd
    assert "No record passes" in staff.get(f"{HES}?name=zzz").content.decode()


def test_giving_a_consent_by_the_page(cast) -> None:
    learner = browser(email_of("learner"))
    good = {
        "institution": "HES",
        "purpose": "admission",
        "part": ["degrees", "tests"],
        "until": "2018-12-31",
        "signature": "Amara Sample",
    }
    for wrong in (
        {"signature": "X"},
        {"until": "2018-01-01"},
        {"until": "soon"},
        {"part": []},
        {"purpose": "x"},
        {"institution": "Nowhere"},
    ):
        page = learner.post("/consents/", good | wrong)
        assert page.status_code == 422 and 'role="alert"' in page.content.decode(), wrong
    assert learner.post("/consents/", good).status_code == 302
    page = learner.get("/consents/").content.decode()
    assert "Harvard Extension School" in page and "End this consent" in page
    (held,) = accounts.consents_of(cast[0]["learner"].person_id)
    assert as_persona("registrar").post(f"/consents/{held.id}/revoke/").status_code == 404
    assert learner.post(f"/consents/{held.id}/revoke/").status_code == 302
    assert "ended by you" in learner.get("/consents/").content.decode()
