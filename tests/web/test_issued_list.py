"""The desk's list of credentials: everything is found by page, name, address and state, and only one's own schools'."""

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.credentials import actions, queries
from linkspan.credentials.models import CredentialRow
from linkspan.credentials.queries.held import AT_ONCE
from linkspan.credentials.rules import CredentialState
from linkspan.kernel.errors import NotPermitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


def award(who):
    return actions.award_program(actor=SYSTEM, learner_id=who.person_id, program_key="MITx/SCM", now=NOW)


def test_an_old_revocation_is_found_and_stands_beside_what_is_awarded_after_it_was_lifted(
    cast, django_assert_max_num_queries
) -> None:
    staff, learner = cast["staff"], person("Zora Sample")
    put_grades(learner)
    first = award(learner)
    actions.revoke_credential(actor=staff, credential_id=first.id, reason="Sat by another.", now=NOW)
    actions.lift_revocation(actor=staff, credential_id=first.id, reason="It was a mistake.", now=NOW)
    second = award(learner)
    others = [person(f"Other Number{n}") for n in range(AT_ONCE + 5)]
    for who in others:
        put_grades(who)
    actions.issue_missing(actor=SYSTEM, program_key="MITx/SCM", now=NOW)
    CredentialRow.objects.filter(id__in=[first.id, second.id]).update(awarded_at=NOW.replace(year=2017))
    client = as_persona(cast, "staff")
    page = client.get("/desk/credentials/").content.decode()
    assert "Zora Sample" not in page and f"{AT_ONCE + 7} credentials" in page
    for found in ("?page=2", "?q=zora", "?q=sample", "?q=zora.sample@example.org", "?q=Supply&page=2"):
        told = client.get(f"/desk/credentials/{found}").content.decode()
        assert told.count("Zora Sample</h3>") == 2, found
        assert "Revoked before" in told and "Sat by another." in told
    revoked = client.get("/desk/credentials/?state=revoked").content.decode()
    assert "Zora Sample" in revoked and "1 credential<" in revoked
    assert "Nothing was found" in client.get("/desk/credentials/?q=nobody@example.org").content.decode()
    for strange in ("?state=x", "?page=x", "?q=%00", "?q=@", "?q=%25", "?page=99999"):
        assert client.get(f"/desk/credentials/{strange}").status_code == 200
    with django_assert_max_num_queries(30):
        client.get("/desk/credentials/")


def test_staff_find_what_their_own_school_issued(cast) -> None:
    put_grades(cast["learner"])
    made = award(cast["learner"])
    assert [one.id for one in queries.issued_at(cast["staff"], state=CredentialState.ACTIVE).rows] == [made.id]
    assert queries.issued_at(person("Far Away", ("registrar", "HES"))).rows == ()
    for stranger in (cast["learner"], cast["mit-admissions"], person("Anybody")):
        with pytest.raises(NotPermitted):
            queries.issued_at(stranger)
