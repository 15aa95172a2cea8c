"""Staff read of a person only where their work is with that person, and the person sees that they did."""

import ast
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_story

import linkspan
from linkspan.accounts import actions, queries
from linkspan.accounts.rules import READERS, Basis, Role, Tie, may_read_person
from linkspan.admissions.queries import applications_of, learners_in_state
from linkspan.admissions.rules.applications import State
from linkspan.credentials.queries import credentials_of
from linkspan.enrolment.queries import enrolments_of, learners_of_run
from linkspan.exams.queries import attempts_of
from linkspan.finance.queries import charges_of, forgone_tuition, tuition_forgone
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.ids import new_id, number_of
from linkspan.outcomes.queries import balance, tuition_lines
from linkspan.recognition.queries import awards_of, degree_plans
from linkspan.records.queries import evidence_queue, facts_of, learner_record

END = NOW + timedelta(days=900)
#: Of the story's learner, by the domain that knows it.
TIES = {
    (Tie.STUDIES, "MITx"),
    (Tie.SITS_EXAM, "MITx"),
    (Tie.HOLDS, "MITx"),
    (Tie.STUDIES, "HES"),
    (Tie.HOLDS, "HES"),
    (Tie.APPLIED, "MIT"),
    (Tie.APPLIED, "HES"),
    (Tie.CREDIT, "HES"),
    (Tie.PAYS, "MITx"),
    (Tie.PAYS, "HES"),
}


def staff(role: Role, institution: str | None) -> Actor:
    return Actor(person_id=new_id(), name="Staff", grants=frozenset({Grant(role, institution)}))


@given(st.sampled_from(Role), st.sampled_from(["A", "B", None]), st.sets(st.sampled_from(Tie)))
def test_a_role_reads_by_its_own_ties_at_its_own_institution(role, institution, ties) -> None:
    wanted = any(role in READERS[tie] for tie in ties) and institution in ("A", None)
    assert may_read_person(staff(role, institution), new_id(), frozenset((tie, "A") for tie in ties)) == wanted


def everybody_elsewhere() -> list[Actor]:
    return [person(f"Elsewhere {role}", (role, "ELSEWHERE")) for role in Role]


def asked(query, *parts):
    """What a query tells, nothing if it refuses."""
    try:
        return query(*parts)
    except LinkspanError:
        return None


def check_queries_elsewhere(learner: Actor) -> None:
    who = learner.person_id
    assert queries.ties_of([who], END)[who] == TIES
    round_id = applications_of(learner, who)[0].round.id
    run_id = enrolments_of(learner, who)[0].run_id
    of_learner = (
        queries.person,
        enrolments_of,
        attempts_of,
        charges_of,
        credentials_of,
        facts_of,
        learner_record,
        applications_of,
        awards_of,
        degree_plans,
        tuition_forgone,
    )
    for stranger in everybody_elsewhere():
        told = [asked(query, stranger, who) for query in of_learner]
        told += [asked(learners_of_run, stranger, run_id), asked(learners_in_state, stranger, round_id, State.JOINED)]
        told += [asked(queries.identity_of, stranger, who, END), asked(queries.identity_queue, stranger, END)]
        told += [asked(evidence_queue, stranger, END), asked(tuition_lines, stranger, END.date())]
        told += [asked(forgone_tuition, stranger, ["mitx-scm-hes-scm"])]
        assert not any(told), (stranger.name, told)
        money = asked(balance, stranger, END.date())
        assert money is None or (money.forgone.minor, money.charged.minor) == (0, 0)
        with pytest.raises(NotFound):
            actions.read_person(actor=stranger, person_id=who, now=END)
    assert Basis.WORK not in {row.basis for row in queries.disclosures_of(learner, who).rows}


PAGES = ("", "checks/", "exams/", "credentials/", "rounds/", "holds/", "inbox/", "cases/", "money/", "dean/")


def check_pages_elsewhere(learner: Actor) -> None:
    account = queries.person(learner, learner.person_id)
    application = applications_of(learner, learner.person_id)[0].id
    secrets = {account.email.encode(), account.name.encode()}
    for stranger in everybody_elsewhere():
        client = browser(stranger)
        seen = [client.get(f"/desk/{page}") for page in PAGES]
        seen += [client.get(f"/applications/{application}/")]
        seen += [client.post(f"/desk/people/{account.id}/")]
        seen += [client.post(f"/api/v1/accounts/{account.id}/readings", headers={"Idempotency-Key": new_id().hex})]
        assert {answer.status_code for answer in seen[-3:]} <= {403, 404}
        assert not [a.request["PATH_INFO"] for a in seen for secret in secrets if secret in a.content], stranger.name


def check_reading_at_work(learner: Actor, role: str, institution: str, tie: Tie) -> None:
    reader = person(f"At Work {institution} {role}", (role, institution))
    before = queries.disclosures_of(learner, learner.person_id).total
    answer = browser(reader).post(f"/desk/people/{learner.person_id}/")
    assert (answer.status_code, b"Amara" in answer.content) == (200, True)
    log = queries.disclosures_of(learner, learner.person_id)
    newest = next(row for row in log.rows if row.reader_name == reader.name)
    assert log.total == before + 1
    assert (newest.institution, newest.purpose, newest.records) == (institution, tie, ("account",))
    assert newest.basis == Basis.WORK


def check_lists(learner: Actor) -> None:
    """Each desk list with the learner's name in it is one reading in their log; nobody else's page is."""
    name = queries.person(learner, learner.person_id).name.encode()
    round_id = next(a.round.id for a in applications_of(learner, learner.person_id) if a.round.institution == "MIT")
    for path, role, school, tie in (
        ("/desk/credentials/", "registrar", "MITx", Tie.HOLDS),
        (f"/desk/rounds/{round_id}/", "admissions", "MIT", Tie.APPLIED),
        (f"/desk/rounds/{round_id}/scores.csv", "admissions", "MIT", Tie.APPLIED),
        ("/desk/inbox/HES/", "admissions", "HES", Tie.APPLIED),
    ):
        reader = person(f"Lists {path.replace('/', ' ')}", (role, school))
        client = browser(reader)
        for times in (1, 2):
            answer = client.get(path)
            log = [
                row for row in queries.disclosures_of(learner, learner.person_id).rows if row.reader_name == reader.name
            ]
            told = [(row.institution, row.purpose, row.records, row.how) for row in log]
            assert told == [(school, tie, ("name",), "list")] * (times if name in answer.content else 0), path


def check_reading_oneself(learner: Actor) -> None:
    before = queries.disclosures_of(learner, learner.person_id).total
    client = browser(learner)
    assert client.post(f"/desk/people/{learner.person_id}/").status_code == 200
    assert client.post(f"/desk/people/{UUID(int=1)}/").status_code == 404
    assert queries.disclosures_of(learner, learner.person_id).total == before
    assert "Their work there is with you" in client.get("/disclosures/").content.decode()


def test_who_reads_of_the_learner_of_the_story(db) -> None:
    load_story()
    learner = queries.actor_for(get_user_model().objects.get(name="Amara Sample").id)
    check_queries_elsewhere(learner)
    check_pages_elsewhere(learner)
    check_reading_at_work(learner, "author", "MITx", Tie.STUDIES)
    check_reading_at_work(learner, "proctor", "MITx", Tie.SITS_EXAM)
    check_reading_at_work(learner, "registrar", "MITx", Tie.HOLDS)
    check_reading_at_work(learner, "admissions", "MIT", Tie.APPLIED)
    check_reading_at_work(learner, "registrar", "HES", Tie.APPLIED)
    check_lists(learner)
    check_reading_oneself(learner)


def test_pages_and_api_read_people_only_where_it_is_logged() -> None:
    unlogged = {"people_by_id", "person_of"}
    for face in ("web", "api"):
        for module in (Path(linkspan.__file__).parent / face).rglob("*.py"):
            imports = (n for n in ast.walk(ast.parse(module.read_text())) if isinstance(n, ast.ImportFrom))
            assert not {alias.name for n in imports for alias in n.names} & unlogged, module


def test_a_consent_is_a_tie_while_it_holds(db) -> None:
    learner, reader = person("Ada Sample"), person("Reader", ("admissions", "HES"))
    actions.give_consent(
        actor=learner,
        learner_id=learner.person_id,
        institution="HES",
        purpose="admission",
        records=["courses"],
        expires_at=NOW + timedelta(days=9),
        signature=learner.name,
        now=NOW,
    )
    read = {"actor": reader, "person_id": learner.person_id}
    assert actions.read_person(**read, now=NOW).email == "ada.sample@example.org"
    with pytest.raises(NotFound):
        actions.read_person(**read, now=NOW + timedelta(days=9))


def test_staff_find_whom_they_work_with_and_nobody_else(db, django_assert_max_num_queries) -> None:
    load_story()
    learner = queries.actor_for(get_user_model().objects.get(name="Amara Sample").id)
    account, office = queries.person(learner, learner.person_id), person("Olga Office", ("admissions", "MIT"))
    person("Amara Stranger")
    client = browser(office)
    before = queries.disclosures_of(learner, learner.person_id).total
    for text in ("amara", "AMARA SAM", account.email, number_of(account.id)):
        told = client.get("/desk/search/", {"q": text}, follow=True).content.decode()
        assert account.email in told and "Stranger" not in told, text
    log = queries.disclosures_of(learner, learner.person_id).rows
    assert {(row.institution, row.purpose, row.records) for row in log if row.reader_name == office.name} >= {
        ("MIT", Tie.APPLIED, ("account",))
    }
    assert queries.disclosures_of(learner, learner.person_id).total > before
    for text in ("a", "", account.email[:-1], "mara", "%", "\0"):
        assert account.email not in client.get("/desk/search/", {"q": text}, follow=True).content.decode(), text
    asked = {"data": json.dumps({"text": "amara"}), "content_type": "application/json"}
    answer = client.post("/api/v1/accounts/searches", **asked, headers={"Idempotency-Key": new_id().hex}).json()
    assert [one["id"] for one in answer["people"]] == [str(account.id)] and answer["more"] is False
    for stranger in everybody_elsewhere():
        page = browser(stranger).get("/desk/search/", {"q": "amara"}, follow=True)
        assert page.status_code in (200, 403) and account.email not in page.content.decode(), stranger.name
    with django_assert_max_num_queries(22):
        client.get("/desk/search/", {"q": "amara"})
