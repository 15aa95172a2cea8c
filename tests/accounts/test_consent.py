"""What a consent must say, on which basis a school reads, and what a consent leaves of a record."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW, person

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Basis, ConsentGiven, Part, Purpose, basis_for, check_consent, parts_of
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.ids import new_id

DAY = timedelta(days=1)
GOOD = dict(
    purpose="admission", records=["degrees"], signature="ada  sample", names={"Ada Sample"}, now=NOW, until=NOW + DAY
)


def consent(purpose="admission", given=NOW - DAY, until=NOW + DAY, revoked=None) -> ConsentGiven:
    return ConsentGiven(new_id(), new_id(), "HES", purpose, ("degrees",), given, until, revoked, "Ada Sample")


@pytest.mark.parametrize(
    "wrong",
    [
        {"records": []},
        {"records": ["everything"]},
        {"purpose": "marketing"},
        {"signature": ""},
        {"signature": "Somebody Else"},
        {"names": {"", "Ada Sample"}, "signature": " "},
        {"until": NOW},
        {"until": NOW + timedelta(days=732)},
    ],
)
def test_a_consent_says_what_for_whom_for_what_until_when_and_is_signed(wrong) -> None:
    check_consent(**GOOD)
    with pytest.raises(Unusable) as found:
        check_consent(**(GOOD | wrong))
    assert len(found.value.reasons) == 1


@pytest.mark.parametrize(
    ("consents", "applied", "purpose", "basis"),
    [
        ([consent()], None, "admission", Basis.CONSENT),
        ([consent()], NOW - DAY, "admission", Basis.CONSENT),
        ([consent("advising")], None, "admission", None),
        ([], NOW - DAY, "admission", Basis.SEEKS_ENROLMENT),
        ([], NOW - DAY, "scholarship", None),
        ([], None, "admission", None),
        ([consent(until=NOW)], None, "admission", None),
        ([consent(given=NOW + DAY, until=NOW + 2 * DAY)], None, "admission", None),
        ([consent(revoked=NOW)], None, "admission", None),
        ([consent(revoked=NOW)], NOW - DAY, "admission", None),
        ([consent(revoked=NOW - 2 * DAY)], NOW - DAY, "admission", Basis.SEEKS_ENROLMENT),
        ([consent(revoked=NOW), consent()], NOW - DAY, "admission", Basis.CONSENT),
    ],
)
def test_the_two_bases_are_kept_apart(consents, applied, purpose, basis) -> None:
    found = basis_for(consents, applied, NOW, purpose)
    assert (found[0] if found else None) == basis


@given(st.sets(st.sampled_from(list(Part))))
def test_nothing_but_the_consented_parts_is_left(parts) -> None:
    record = {part.value: [1] for part in Part} | {"learner": "L", "complete": ["credentials", "courses"]}
    left = parts_of(record, parts)
    assert set(left) == {"learner", "complete"} | {part.value for part in parts}
    assert set(left["complete"]) == parts & {"credentials", "courses"}


@pytest.mark.django_db
def test_each_reading_is_within_the_consent_and_in_the_log() -> None:
    learner, reader = person("Ada Sample"), person("Reader", ("admissions", "HES"))
    elsewhere, registrar = person("Elsewhere", ("admissions", "MIT")), person("Registrar", ("registrar", "HES"))
    told = dict(actor=learner, learner_id=learner.person_id, institution="HES", purpose="admission", now=NOW)
    given = actions.give_consent(records=["degrees", "tests"], expires_at=NOW + DAY, signature="Ada Sample", **told)
    same = actions.give_consent(records=["tests"], expires_at=NOW + DAY, signature="Ada Sample", **told)
    assert given == same
    read = dict(learner_id=learner.person_id, institution="HES", purpose="admission")
    assert actions.log_disclosure(actor=reader, records=["degrees"], now=NOW, **read) == Basis.CONSENT
    actions.log_disclosure(actor=registrar, records=["tests"], now=NOW + timedelta(seconds=1), how="export", **read)
    page = queries.disclosures_of(learner, learner.person_id)
    assert [(row.reader_name, row.records, row.how) for row in page.rows] == [
        ("Registrar", ("tests",), "export"),
        ("Reader", ("degrees",), "page"),
    ]
    for actor, records, now in (
        (elsewhere, ["degrees"], NOW),
        (learner, ["degrees"], NOW),
        (reader, ["credentials"], NOW),
        (reader, ["degrees"], NOW + DAY),
    ):
        with pytest.raises(NotPermitted):
            actions.log_disclosure(actor=actor, records=records, now=now, **read)
    with pytest.raises(NotPermitted):
        queries.disclosures_of(reader, learner.person_id)
    with pytest.raises(NotPermitted):
        actions.give_consent(
            records=["tests"], expires_at=NOW + DAY, signature="Ada Sample", **(told | {"actor": reader})
        )


def test_purposes_are_named() -> None:
    assert {"admission", "credit_evaluation"} <= set(Purpose)
