"""Facts are added, corrected with a reason, and their evidence checked by somebody else."""

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.platform import Platform, hand_over

from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.records import actions, queries
from linkspan.records.rules import Kind, NewFact

pytestmark = pytest.mark.django_db

DEGREE = NewFact(Kind.DEGREE, "example-state-2013", {"level": "bachelor", "institution": "Example State University"})


def grade(value: str) -> NewFact:
    return actions.grade_fact(
        institution="MITx", course="SC0x", scale="percent", value=value, completed="2018-01-15", started=None, run="r1"
    )


def record(learner, fact, **more):
    return actions.record_fact(
        actor=more.pop("actor", SYSTEM),
        learner_id=learner.person_id,
        institution="MITx",
        fact=fact,
        source="test",
        now=NOW,
        **more,
    )


def test_the_same_fact_twice_is_one() -> None:
    learner = person("Ada Sample")
    assert record(learner, grade("78")) == record(learner, grade("78"))


def test_a_correction_needs_a_reason_and_keeps_the_old() -> None:
    learner = person("Ada Sample")
    record(learner, grade("78"))
    with pytest.raises(Refused):
        record(learner, grade("80"))
    record(learner, grade("80"), reason="Problem 3 was regraded.")
    (fact,) = queries.grades_of_record(learner, learner.person_id)
    assert fact.data["grade"]["value"] == "80"


def test_incomplete_facts_are_unusable() -> None:
    with pytest.raises(Unusable):
        record(person("Ada Sample"), NewFact(Kind.TEST, "t", {"name": "TOEFL"}))


def test_learners_write_no_grades() -> None:
    learner = person("Ada Sample")
    with pytest.raises(NotPermitted):
        record(learner, grade("100"), actor=learner)
    with pytest.raises(NotPermitted):
        actions.declare_fact(actor=learner, learner_id=learner.person_id, fact=grade("100"), document=None, now=NOW)


def test_a_document_is_told_by_its_content() -> None:
    learner = person("Wanja Sample")
    with pytest.raises(Unusable) as no:
        actions.declare_fact(actor=learner, learner_id=learner.person_id, fact=DEGREE, document=b"MZ", now=NOW)
    assert no.value.code == "document_type" and queries.facts_of(learner, learner.person_id) == ()


def test_a_declared_degree_is_unknown_until_checked() -> None:
    learner = person("Ada Sample")
    record(learner, grade("78"))
    registrar = person("Registrar", ("registrar", "MITx"))
    declared = NewFact(DEGREE.kind, DEGREE.key, {**DEGREE.data, "accredited": True})
    fact = actions.declare_fact(
        actor=learner, learner_id=learner.person_id, fact=declared, document=b"%PDF-1.7 diploma", now=NOW
    )
    before = queries.learner_record(learner, learner.person_id)
    assert "accredited" not in before["degrees"][0]
    with pytest.raises(NotPermitted):
        actions.check_evidence(actor=learner, fact_id=fact, accept=True, findings={}, reason="", now=NOW)
    actions.check_evidence(
        actor=registrar, fact_id=fact, accept=True, findings={"accredited": True}, reason="", now=NOW
    )
    after = queries.learner_record(learner, learner.person_id)
    assert after["degrees"][0]["accredited"] is True


def test_refused_evidence_leaves_the_record() -> None:
    learner = person("Ada Sample")
    record(learner, grade("78"))
    registrar = person("Registrar", ("registrar", "MITx"))
    fact = actions.declare_fact(actor=learner, learner_id=learner.person_id, fact=DEGREE, document=b"%PDF-1", now=NOW)
    with pytest.raises(Unusable):
        actions.check_evidence(actor=registrar, fact_id=fact, accept=False, findings={}, reason="", now=NOW)
    actions.check_evidence(actor=registrar, fact_id=fact, accept=False, findings={}, reason="Not legible.", now=NOW)
    assert queries.learner_record(learner, learner.person_id)["degrees"] == []


def test_another_persons_record_is_closed() -> None:
    learner = person("Ada Sample")
    with pytest.raises(NotPermitted):
        queries.learner_record(person("Other Sample"), learner.person_id)


def test_importing_twice_adds_nothing(django_assert_max_num_queries) -> None:
    staff = person("Staff Member", ("program_staff", "MITx"))
    learners = [(f"learner{n}@example.org", f"Learner {n}", (grade("70"), DEGREE)) for n in range(50)]
    # Three of them open the institution's chain of the trail, once in its life; none is by learner.
    with django_assert_max_num_queries(28):
        actions.import_from_platform(actor=staff, institution="MITx", platform=Platform(learners), now=NOW)
    ids = hand_over(learners, staff)
    records = queries.learner_records(SYSTEM, ids.values())
    assert len(ids) == 50
    assert all(len(r["courses"]) == 1 and len(r["degrees"]) == 1 for r in records.values())
    with pytest.raises(NotPermitted):
        actions.import_from_platform(actor=staff, institution="HES", platform=Platform(learners), now=NOW)
