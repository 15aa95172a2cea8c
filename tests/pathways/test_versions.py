"""Which version judges a learner; accreditation in the years of study; policies and holds."""

from dataclasses import replace
from datetime import date

import pytest
from tests.pathways.examples import agreement, record

from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.shapes import as_agreement, with_policies
from linkspan.pathways.rules.audit.record import audit_record, audit_under
from linkspan.pathways.rules.language.derived import accredited_while_attended
from linkspan.pathways.rules.life.versions import judging_version

ON = date(2024, 6, 1)


def versions(**entry) -> list[Agreement]:
    first = agreement() | {"valid_to": "2023-01-01"}
    second = agreement() | {"version": 2, "valid_from": "2023-01-01", "entry": {"by": "credential_date"} | entry}
    return [as_agreement(first), as_agreement(second)]


def test_a_holder_from_before_is_judged_by_the_version_entered_under() -> None:
    rec = record()
    rec["credentials"][0]["awarded"] = "2022-05-01"
    rec["credentials"][0] |= {"issuer": "Sending"}
    found = judging_version(versions(), rec, ON)
    assert (found.agreement.version, found.entered) == (1, date(2022, 5, 1))
    assert audit_record(rec, found.agreement, ON, found.entered).outcome == "met"
    assert audit_record(rec, found.agreement, ON).status == "no_longer_in_force"


@pytest.mark.parametrize(
    ("entry", "awarded", "version"),
    [
        ({"choice": "move"}, "2022-05-01", 2),
        ({"until": "2024-06-01"}, "2022-05-01", 2),
        ({"until": "2024-06-02"}, "2022-05-01", 1),
        ({}, "2023-05-01", 2),
        ({}, None, 2),
        ({"by": "application_date"}, "2022-05-01", 2),
    ],
)
def test_otherwise_the_version_in_force_judges(entry, awarded, version) -> None:
    rec = record()
    rec["credentials"][0]["awarded"] = awarded
    assert judging_version(versions(**entry), rec, ON).agreement.version == version


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([{"from": "2000-01-01", "to": None}], True),
        ([{"from": "2010-01-01", "to": None}], False),
        ([{"from": "2000-01-01", "to": "2012-01-01"}], False),
        ([{"from": "1990-01-01", "to": "1995-01-01"}, {"from": "2005-01-01", "to": "2020-01-01"}], True),
        ([], False),
        (None, None),
    ],
)
def test_accreditation_is_that_of_the_years_of_study(intervals, expected) -> None:
    assert accredited_while_attended({"attended": ["2009-09-01", "2013-05-20"], "accreditation": intervals}) is expected


def test_a_policy_adds_its_terms_and_one_that_is_not_at_hand_leaves_the_answer_unknown() -> None:
    cap = {"clause": "most", "max_recognised_credits": 4}
    policy = {"id": "p", "version": 1, "kind": "policy", "institution": "R", "valid_from": "2018-01-01", "caps": [cap]}
    document = agreement() | {"inherits": [{"policy": "p", "version": 1}]}
    alone = audit_record(record(), as_agreement(document), date(2019, 6, 1))
    assert (alone.outcome, alone.missing[-1].kind) == ("unknown", "terms")
    whole = as_agreement(with_policies(document, {"p": policy}))
    found = audit_record(record(), whole, date(2019, 6, 1))
    assert found.outcome == "met" and sum(row.credits for row in found.recognised) == 4
    assert "p:most" in {row.clause for row in found.refused}
    without = document | {"inherits": [{"policy": "p", "except": ["most"]}], "policies": [policy]}
    assert [row.clause for row in as_agreement(without).in_force.caps] == ["5"]


def stood_in(statuses):
    return lambda version, day: statuses[version.version]


def test_nobody_entered_under_a_version_that_took_nobody() -> None:
    rec = record()
    rec["credentials"][0]["awarded"] = "2022-05-01"
    found = judging_version(versions(), rec, ON, stood=stood_in({1: "in_qualification", 2: "active"}))
    assert (found.agreement.version, found.entered) == (2, None)


def test_an_earlier_version_takes_people_only_as_long_as_the_one_in_force_does() -> None:
    rec, (first, second) = record(), versions()
    rec["credentials"][0]["awarded"] = "2022-05-01"
    then = stood_in({1: "active", 2: "active"})
    superseded = [replace(first, status="superseded"), second]
    found = judging_version(superseded, rec, ON, stood=then)
    assert audit_under(found, rec, ON).outcome == "met" and audit_under(found, rec, ON).version == 1
    suspended = [replace(first, status="superseded"), replace(second, status="suspended")]
    assert audit_under(judging_version(suspended, rec, ON, stood=then), rec, ON).status == "suspended"


def enrolled(*spans) -> dict:
    rows = [{"institution": "Receiving", "id": f"c{n}", "started": a, "completed": b} for n, (a, b) in enumerate(spans)]
    return record() | {"courses": rows}


@pytest.mark.parametrize(
    ("spans", "entered"),
    [
        ([("2021-09-01", "2022-05-01"), ("2023-02-01", None), ("2024-01-10", None)], "2021-09-01"),
        ([("2021-09-01", "2022-05-01"), ("2023-05-02", "2023-12-01")], None),
        ([("2019-09-01", "2019-12-20"), ("2021-09-01", "2022-12-20"), ("2023-09-01", None)], "2021-09-01"),
        ([("2021-09-01", "2022-05-01")], None),
        ([("2021-09-01", None), ("2021-10-01", "2023-07-01")], "2021-09-01"),
    ],
)
def test_after_an_absence_of_more_than_a_year_the_catalogue_of_the_return_judges(spans, entered) -> None:
    document = versions(by="first_enrolment", absence={"years": 1})
    found = judging_version(document, enrolled(*spans), ON)
    assert found.entered == (date.fromisoformat(entered) if entered else None)
    assert found.agreement.version == (1 if entered else 2)
