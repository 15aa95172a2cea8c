"""What version 3 of the rules judges otherwise: each meaning on small records of its own."""

from datetime import date

import pytest
from tests.pathways.examples import agreement

from linkspan.kernel.errors import Unusable
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.rules.agreement.checks import check_agreement
from linkspan.pathways.rules.agreement.shapes import RECORD, as_agreement, check_agreement_shape, check_record_shape
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.meaning import rules_of
from linkspan.pathways.rules.language.shape import strangers
from linkspan.records.rules.shapes import MARKS

ON = date(2024, 6, 1)
THEN = rules_of("2")


def asks(**clause) -> dict:
    return agreement() | {"requirements": [{"clause": "1", **clause}], "recognition": [], "caps": []}


def recognises(*rules, **terms) -> dict:
    return agreement() | {"requirements": [], "recognition": list(rules), "caps": []} | terms


def judged(record: dict, document: dict, rules=None):
    return audit_record(check_record_shape(record), as_agreement(document), ON, rules=rules or rules_of("3"))


def letter(value: str) -> dict:
    return {"scale": "letter", "value": value}


def course(grade=None, **more) -> dict:
    return {"institution": "Sending", "id": "A", "completed": "2023-01-01", "credits": 4, **more} | (
        {"grade": grade} if grade else {}
    )


TOEFL = {"exists": "tests", "where": {"all": [{"compare": ["name", "==", "TOEFL"]}, {"compare": ["score", ">=", 100]}]}}


@pytest.mark.parametrize(
    ("rule", "rows", "open_", "closed"),
    [
        (TOEFL, [{"name": "GRE", "score": 320}], "unknown", "not_met"),
        (TOEFL, [{"name": "TOEFL", "score": 101}], "met", "met"),
        ({"not": TOEFL}, [{"name": "GRE", "score": 320}], "unknown", "met"),
        ({"count": "tests", "op": ">=", "value": 1}, [{}], "met", "met"),
        ({"count": "tests", "op": ">=", "value": 2}, [{}], "unknown", "not_met"),
        ({"count": "tests", "op": "<=", "value": 1}, [{}], "unknown", "met"),
        ({"count": "tests", "op": "<=", "value": 1}, [{}, {}], "not_met", "not_met"),
        ({"count": "tests", "op": "==", "value": 0}, [{}], "not_met", "not_met"),
        ({"count": "tests", "op": "!=", "value": 0}, [{}], "met", "met"),
        ({"sum": "tests.score", "op": ">", "value": 9}, [{"score": 9}], "unknown", "not_met"),
        ({"sum": "tests.score", "op": "<", "value": 9}, [{"score": 9}], "not_met", "not_met"),
        (
            {"at_least": 1, "of": [TOEFL, {"count": "tests", "op": "<", "value": 0}]},
            [{"name": "GRE"}],
            "unknown",
            "not_met",
        ),
    ],
)
def test_a_list_that_complete_does_not_name_may_hold_more(rule, rows, open_, closed) -> None:
    document = asks(rule=rule)
    assert judged({"tests": rows}, document).outcome == open_
    assert judged({"tests": rows, "complete": ["tests"]}, document).outcome == closed


def test_the_gap_on_record_is_told_of_an_open_list() -> None:
    found = judged({"tests": [{"name": "TOEFL", "score": 99}]}, asks(text="TOEFL 100", rule=TOEFL))
    assert (found.outcome, found.missing[0].kind) == ("unknown", "document")
    assert found.missing[0].changes == ("1 point of TOEFL (has 99, needs 100), or another test",)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (course(letter("F")), "it was not passed"),
        (course(letter("A"), passed=False), "it was not passed"),
        (course({"scale": "german", "value": "4.3"}), "it was not passed"),
        (course(letter("W")), "it was given up"),
        (course(status="Withdrawn"), "it was given up"),
        (course(status="in progress"), "it is not finished"),
        (course(letter("I")), "it is not finished"),
        (course(letter("AU")), "it was audited"),
        (course(letter("A"), status="Auditing"), "it was audited"),
    ],
)
def test_failed_work_counts_for_nothing_whatever_a_rule_forgets(row, why) -> None:
    found = judged({"courses": [row]}, recognises({"clause": "4", "course": "A", "slot": "x", "credits": 4}))
    assert (found.recognised, [(r.what, r.reason) for r in found.refused]) == ((), [("A", why)])
    block = judged(
        {"courses": [row], "credentials": [{"issuer": "Sending", "program": "P", "status": "active"}]},
        recognises({"clause": "4", "block": ["A"], "slot": "x", "credits": 4}),
    )
    assert block.recognised == ()
    record = {"courses": [row], "complete": ["courses"]}
    assert judged(record, asks(courses={"institution": "Sending"})).outcome == "not_met"
    assert judged(record, asks(rule={"sum": "courses.credits", "op": ">=", "value": 1})).outcome == "not_met"
    tried = {"count": "courses", "op": "<=", "value": 0}
    assert judged(record, asks(rule=tried)).outcome == "not_met", "an attempt is an attempt"
    assert judged(record, asks(courses={"institution": "Sending"}), THEN).outcome == "met"


def test_every_mark_that_a_record_may_hold_in_place_of_a_letter_passes_or_counts_for_nothing() -> None:
    rule = {"clause": "4", "course": "A", "slot": "x", "credits": 4}
    counted = {mark for mark in MARKS if judged({"courses": [course(letter(mark))]}, recognises(rule)).recognised}
    assert counted == {"P", "S", "CR"}


def test_a_condition_that_asks_how_the_work_went_sees_all_of_it() -> None:
    record = {"courses": [course(letter("F"))], "complete": ["courses"]}
    for where in ({"compare": ["grade", "<", letter("C")]}, {"not": {"compare": ["grade", ">=", letter("C")]}}):
        assert judged(record, asks(rule={"exists": "courses", "where": where})).outcome == "met"


@pytest.mark.parametrize(("value", "outcome"), [(1.3, "met"), ("2.5", "met"), (3.7, "not_met"), (6, "unknown")])
def test_a_scale_has_a_direction_and_ends(value, outcome) -> None:
    own = [{"name": "ours", "best": 1, "worst": 5, "lowest_pass": 4}]
    for scale, stated in (("german", []), ("ours", own)):
        need = {"scale": scale, "value": "2.5"}
        document = asks(prior_degree={"level": "bachelor", "min_average": need}) | {"scales": stated}
        degree = {"level": "bachelor", "average": {"scale": scale, "value": value}}
        assert judged({"degrees": [degree], "complete": ["degrees"]}, document).outcome == outcome


def test_a_scale_that_nobody_states_is_refused_in_terms_and_unknown_in_records() -> None:
    need = {"scale": "moons", "value": 3}
    with pytest.raises(Unusable, match=r"requirements\[0\].prior_degree.min_average: the scale moons is not stated"):
        check_agreement_shape(asks(prior_degree={"level": "bachelor", "min_average": need}))
    document = asks(prior_degree={"level": "bachelor", "min_average": letter("B")})
    held = {"degrees": [{"level": "bachelor", "average": need}], "complete": ["degrees"]}
    assert judged(held, document).outcome == "unknown"
    with pytest.raises(Unusable, match="a scale has its own name"):
        check_agreement_shape(agreement() | {"scales": [{"name": "percent", "best": 1, "worst": 5}]})


def test_the_best_attempt_is_the_best_of_those_passed_after_mapping() -> None:
    maps = [
        {"from": "percent", "to": "letter", "bands": [{"at_least": 80, "value": "B"}, {"at_least": 0, "value": "F"}]}
    ]
    rule = {"clause": "4", "course": "A", "slot": "x", "credits": 4, "min_grade": letter("B")}
    for rows in (
        [course(letter("A")), course({"scale": "percent", "value": 40})],
        [course(letter("C")), course({"scale": "percent", "value": 81})],
        [course(letter("A"), passed=False), course(letter("B"))],
    ):
        document = recognises(rule, grade_maps=maps)
        assert [row.course for row in judged({"courses": rows}, document).recognised] == ["A"]


def test_clauses_after_admission_are_judged_and_decide_nothing() -> None:
    document = asks(experience={"years": 2}) | {
        "after_admission": [{"clause": "7", "courses": {"institution": "Receiving", "count": 2}}]
    }
    record = {"experience_years": 3, "courses": [], "complete": ["courses"]}
    found = judged(record, document)
    assert (found.outcome, [(r.clause, r.finding.outcome) for r in found.after_admission]) == (
        "met",
        [("7", "not_met")],
    )
    assert found.as_json()["after_admission"][0]["clause"] == "7"
    assert "after_admission" not in judged(record, document, THEN).as_json()


@pytest.mark.parametrize(
    ("intervals", "outcome", "held"),
    [
        ([{"from": "2005-01-01", "to": None}], "met", 0),
        ([{"from": "2005-01-01", "to": "2012-12-31"}], "unknown", 1),
        ([{"from": "2001-01-01", "to": "2005-12-31"}], "not_met", 0),
    ],
)
def test_accreditation_that_lapsed_while_attending_waits_for_a_person(intervals, outcome, held) -> None:
    degree = {"level": "bachelor", "attended": ["2011-09-01", "2014-05-01"], "accreditation": intervals}
    document = asks(prior_degree={"level": "bachelor", "accredited_when_attended": True})
    found = judged({"degrees": [degree], "complete": ["degrees"]}, document)
    assert (found.outcome, len(found.holds)) == (outcome, held)
    assert all("accredited until 2012-12-31, attended until 2014-05-01" in str(hold.have) for hold in found.holds)


@pytest.mark.parametrize(
    ("path", "need", "have", "outcome"),
    [
        ("field", "nursing", "Nursing", "met"),
        ("field", "law", "Legal Studies", "met"),
        ("field", "nursing", "law", "not_met"),
        ("field", "nursing", "Care of the Old", "unknown"),
        ("field", "Care of the Old", "nursing", "unknown"),
        ("country", "US", "United States", "met"),
        ("country", "GB", "uk", "met"),
        ("country", "US", "Ruritania", "unknown"),
    ],
)
def test_fields_and_countries_compare_by_code(path, need, have, outcome) -> None:
    record = {"degrees": [{path: have}], "complete": ["degrees"]}
    for where in ({"compare": [path, "==", need]}, {"compare": [path, "in", [need]]}):
        assert judged(record, asks(rule={"exists": "degrees", "where": where})).outcome == outcome


def test_tests_compare_by_code() -> None:
    for name, outcome in (("toefl iBT", "met"), ("IELTS", "not_met"), ("Our own test", "unknown")):
        record = {"tests": [{"name": name, "score": 101}], "complete": ["tests"]}
        assert judged(record, asks(rule=TOEFL)).outcome == outcome


def test_a_member_of_no_meaning_is_told_wherever_it_stands() -> None:
    document = asks(experience={"years": 3}, within={"years": 2}, prior_degre={"level": "bachelor"})
    document["receiving"] |= {"slots": [{"slot": "x", "courses": 1, "cours": 2}]}
    told = {(w.clauses, w.message) for w in check_agreement(document).warnings if w.code == "field_unknown"}
    assert told == {
        (("1",), "requirements[0].within has no meaning here and changes no answer."),
        (("1",), "requirements[0].prior_degre has no meaning here and changes no answer; is prior_degree meant?"),
        (("cours",), "receiving.slots[0].cours has no meaning here and changes no answer; is courses meant?"),
    }
    record = {"degrees": [{"levle": "bachelor"}], "residense": "US"}
    assert [(found.place, found.name, found.meant) for found in strangers(RECORD, check_record_shape(record))] == [
        ("degrees[0].", "levle", "level"),
        ("", "residense", "residence"),
    ]


def test_the_older_name_of_a_credential_opens_its_pathway_and_its_courses_get_their_credit() -> None:
    document = next(row for row in packaged_agreements() if row["id"] == "hes-development-practice-from-mitx-dedp")
    courses = [
        {"id": name, "grade": {"scale": "percent", "value": 55}} for name in ("14.73x", "14.74x", "14.75x", "14.100x")
    ]
    held = {"issuer": "MITx", "program": "Development Policy", "status": "active", "courses": courses}
    found = judged({"credentials": [held]}, document)
    assert (found.requirements[0].finding.outcome, sum(row.credits for row in found.recognised)) == ("met", 16)


@pytest.mark.parametrize("name", ["mit-scm-blended-from-mitx-scm", "zlc-zlogb-from-mitx-scm"])
def test_a_degree_from_an_english_speaking_nation_stands_for_the_test(name) -> None:
    document = next(row for row in packaged_agreements() if row["id"] == name)
    found = judged({"degrees": [{"level": "bachelor", "country": "Ireland"}]}, document)
    assert next(r.finding.outcome for r in found.requirements if r.clause == "3") == "met"
