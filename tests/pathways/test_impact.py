"""Who gains by a version, by name where one may see them; counts that tell on nobody elsewhere."""

from datetime import timedelta

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world_with_holders
from tests.pathways.examples import agreement

from linkspan.accounts.actions import give_consent
from linkspan.accounts.queries import disclosures_of, person_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted
from linkspan.pathways import actions
from linkspan.pathways.queries.impact import impact_report, impact_reports
from linkspan.pathways.rules.life.impact import Change
from linkspan.records.actions import grade_fact, record_fact
from linkspan.records.rules import Kind, NewFact
from linkspan.site.sample.load import world

SDS = "hes-data-science-from-mitx-sds"


@pytest.fixture
def holders(db):
    return load_world_with_holders()[1]


def made(actor, version=2):
    report = actions.report_version_impact(actor=actor, agreement_id=SDS, version=version, now=NOW)
    return actions.read_impact(actor=actor, report_id=report, now=NOW)


def test_data_science_becomes_active_names_who_gains(holders) -> None:
    registrar, name = person("MITx Registrar", ("registrar", "MITx")), world()["holders"]
    (row,) = made(registrar).result["people"]
    assert row["name"] == next(h["name"] for h in name if h["program"] == "SDS")
    assert (row["change"], row["before"], row["after"], row["why"]) == ("opens", "not_met", "not_met", ["3"])
    course = grade_fact(
        institution="HES", course="CSCI-E-1", scale="letter", value="B+", completed="2018-09-01", started=None, run="r"
    )
    record_fact(actor=SYSTEM, learner_id=holders["SDS"], institution="HES", fact=course, source="course run", now=NOW)
    found = made(registrar).result
    (row,) = found["people"]
    assert (row["change"], row["learner_id"], row["credits_after"]) == ("gains", str(holders["SDS"]), "12")
    assert found["on"] == "2019-09-01"
    assert found["totals"]["people"] == 1
    assert (found["totals"]["waived_before"], found["totals"]["waived_after"]) == ({}, {"USD": 810000})


def test_the_other_party_sees_no_small_number_and_no_name(holders) -> None:
    found = made(person("HES Registrar", ("registrar", "HES"))).result
    assert (found["people"], found["aggregated"]) == ([], True)
    few = {"low": 0, "high": 4}
    assert found["totals"]["changes"] == {str(change): few for change in Change}
    assert found["totals"]["people"] == few and found["totals"]["open_clauses"] == {}
    assert found["totals"]["waived_after"] == {}, "the money of the school that is shown it"


def test_who_consented_is_named_and_reads_it_in_the_log(holders) -> None:
    learner = Actor(person_id=holders["SDS"], name="holder")
    give_consent(
        actor=learner,
        learner_id=holders["SDS"],
        institution="HES",
        purpose="credit_evaluation",
        records=["credentials", "courses"],
        signature=person_of(holders["SDS"]).name,
        expires_at=NOW + timedelta(days=30),
        now=NOW,
    )
    registrar = person("HES Registrar", ("registrar", "HES"))
    assert [row["learner_id"] for row in made(registrar).result["people"]] == [str(holders["SDS"])]
    log = [(row.institution, row.how) for row in disclosures_of(learner, holders["SDS"]).rows]
    assert sorted(log) == [("HES", "impact report"), ("HES", "list")]


@pytest.mark.django_db
def test_who_holds_the_credential_under_an_earlier_name_is_counted() -> None:
    sending = {"institution": "Sending", "program": "P", "aliases": [{"institution": "Before", "program": "P old"}]}
    actions.publish_version(actor=SYSTEM, document=agreement() | {"sending": sending}, now=NOW)
    for name, issuer, program in (("Now", "Sending", "P"), ("Earlier", "Before", "P old"), ("No", "Before", "P")):
        data = {"id": name, "issuer": issuer, "program": program, "awarded": "2018-06-30", "status": "active"}
        fact, learner = NewFact(Kind.CREDENTIAL, name, data), person(name).person_id
        record_fact(actor=SYSTEM, learner_id=learner, institution=issuer, fact=fact, source="t", now=NOW)
    registrar = person("Registrar", ("registrar", "Sending"))
    report = actions.report_version_impact(actor=registrar, agreement_id=agreement()["id"], version=1, now=NOW)
    assert actions.read_impact(actor=registrar, report_id=report, now=NOW).result["totals"]["people"] == 2


def test_a_report_is_its_institutions(holders) -> None:
    registrar, other = person("A", ("registrar", "MITx")), person("B", ("registrar", "HES"))
    report = made(registrar)
    assert [row.id for row in impact_reports(registrar, SDS, 2)] == [report.id]
    assert [row["name"] for row in report.result["people"]] == [person_of(holders["SDS"]).name]
    dean = actions.read_impact(actor=person("Dean", ("dean", "MITx")), report_id=report.id, now=NOW)
    assert dean.result["people"] == [], "a dean's work is not with single holders"
    assert impact_reports(other, SDS, 2) == ()
    with pytest.raises(NotFound):
        impact_report(other, report.id)
    for who in (person("Stranger", ("registrar", "MIT")), person("Staff", ("admissions", "HES"))):
        with pytest.raises(NotPermitted):
            made(who)
