"""Identity evidence, roles and consent."""

from datetime import timedelta

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades

from linkspan.accounts import actions, queries
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner():
    learner = person("Wanja Sample")
    put_grades(learner, courses=("SC0x",), exam=None)
    return learner


def submit(learner):
    return actions.submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name="Wanja  Sample", document=b"%PDF-1.7 passport", now=NOW
    )


def test_a_checked_legal_name_is_used(learner) -> None:
    staff = person("Staff Member", ("program_staff", "MITx"))
    check = submit(learner)
    assert submit(learner) == check
    actions.check_identity(actor=staff, check_id=check, accept=True, reason="", now=NOW)
    assert queries.accepted_identity(learner.person_id).legal_name == "Wanja Sample"
    assert queries.person(learner, learner.person_id).legal_name == "Wanja Sample"


def test_nobody_checks_their_own_evidence() -> None:
    both = person("Both Roles", ("program_staff", "MITx"))
    with pytest.raises(NotPermitted):
        actions.check_identity(actor=both, check_id=submit(both), accept=True, reason="", now=NOW)


def test_learners_check_nothing(learner) -> None:
    with pytest.raises(NotPermitted):
        actions.check_identity(actor=person("Other"), check_id=submit(learner), accept=True, reason="", now=NOW)


def test_a_refusal_needs_a_reason_and_stands(learner) -> None:
    staff = person("Staff Member", ("proctor", "MITx"))
    check = submit(learner)
    with pytest.raises(Unusable):
        actions.check_identity(actor=staff, check_id=check, accept=False, reason=" ", now=NOW)
    actions.check_identity(actor=staff, check_id=check, accept=False, reason="The scan is cut off.", now=NOW)
    with pytest.raises(Refused):
        actions.check_identity(actor=staff, check_id=check, accept=True, reason="", now=NOW)
    assert queries.accepted_identity(learner.person_id) is None


def test_only_operators_give_roles(learner) -> None:
    with pytest.raises(NotPermitted):
        actions.grant_role(actor=learner, person_id=learner.person_id, role="dean", institution="HES", now=NOW)
    with pytest.raises(Unusable):
        actions.grant_role(actor=SYSTEM, person_id=learner.person_id, role="wizard", institution=None, now=NOW)


def test_consent_ends_when_it_is_revoked(learner) -> None:
    consent = actions.give_consent(
        actor=learner,
        learner_id=learner.person_id,
        institution="HES",
        purpose="admission",
        records=["credentials"],
        expires_at=NOW + timedelta(days=90),
        signature=learner.name,
        now=NOW,
    )
    reader = person("Reader", ("admissions", "HES"))
    read = dict(learner_id=learner.person_id, institution="HES", purpose="admission", records=["credentials"])
    actions.log_disclosure(actor=reader, now=NOW, **read)
    assert queries.disclosures_of(learner, learner.person_id).total == 1
    with pytest.raises(NotFound):
        actions.revoke_consent(actor=reader, consent_id=consent, now=NOW)
    actions.revoke_consent(actor=learner, consent_id=consent, now=NOW)
    with pytest.raises(NotPermitted):
        actions.log_disclosure(actor=reader, now=NOW + timedelta(seconds=1), **read)


@pytest.mark.parametrize(("document", "code"), [(b"", "document_empty"), (b"MZ no paper", "document_type")])
def test_evidence_of_a_name_is_told_by_its_content(document, code) -> None:
    learner = person("Ada Sample")
    told = {"learner_id": learner.person_id, "legal_name": "Ada Sample", "document": document, "now": NOW}
    with pytest.raises(Unusable) as no:
        actions.submit_identity(actor=learner, **told)
    assert (no.value.code, no.value.field or "document") == (code, "document")
