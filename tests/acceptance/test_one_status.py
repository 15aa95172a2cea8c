"""Every way to issue gives one status and, for badges, what 1EdTech's schema takes (ADR 25)."""

from uuid import UUID

import jsonschema_rs
import pytest
from tests.acceptance.test_edtech_schema import adapted
from tests.api.test_wallets import cast as cast
from tests.api.test_wallets import delivered
from tests.contract.vc_api.conftest import Api, token_of, unsigned
from tests.credentials.test_transcript import STAND_IN
from tests.factories.awards import freeze, verify_track
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.vc.test_gate import program_award, signer

from linkspan.credentials import actions, queries
from linkspan.credentials.models import CredentialRow
from linkspan.credentials.rules import IssueKind
from linkspan.kernel.clock import real_now
from linkspan.vc import VcError, contexts, jose, openid4vci, sdjwt, status
from linkspan.vc.gate import Policy, release

pytestmark = pytest.mark.django_db


def one_status(document: dict) -> bool:
    entry = document["credentialStatus"]
    return isinstance(entry, dict) and entry["statusPurpose"] == "revocation"


@pytest.fixture
def issued(cast, client, settings) -> dict[str, dict]:
    """A credential of each way to issue."""
    learner, registrar = cast["learner"], cast["staff"]
    put_grades(learner)
    verify_track(learner)
    freeze(learner, 78)
    award = actions.issue_program_credential(
        actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW
    )
    told = {"institution": "MITx", "about": "MITx/SC0x", "title": "Help in the forum", "reason": "Answered others."}
    praise = actions.issue_commendation(actor=registrar, learner_id=learner.person_id, **told, now=NOW)
    course = queries.credentials_of(learner, learner.person_id, IssueKind.COURSE)[0]
    found = {
        "program": award.document,
        "course": course.document,
        "commendation": praise.document,
        "wallet": delivered(client, cast, award),
        "sd-jwt": jose.read(sdjwt.parts(delivered(client, cast, award, openid4vci.SELECTIVE))[0])[1],
    }
    again = actions.reissue_credential(actor=registrar, credential_id=praise.id, reason="A typing error.", now=NOW)
    settings.VC_API = True
    found |= {"again": again.document, "vc api": Api(client, token_of()).issued()}
    found["vc api, own schema"] = Api(client, token_of()).issued(
        credentialSchema={"id": "https://mitx.example/schema.json", "type": "JsonSchema"}
    )
    return found


def test_every_way_to_issue_gives_one_status_and_what_1edtech_takes(issued, request) -> None:
    assert [way for way, document in issued.items() if not one_status(document)] == []
    theirs = jsonschema_rs.validator_for(adapted(request.getfixturevalue("shared")))
    wrong = {way: [str(error) for error in theirs.iter_errors(document)] for way, document in issued.items()}
    assert {way: errors for way, errors in wrong.items() if errors and way != "sd-jwt"} == {}


def test_a_transcript_and_its_lines_have_one_status(cast, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    contexts.add(contexts.CLR, STAND_IN)
    learner = cast["learner"]
    verify_track(learner)
    freeze(learner, 78)
    found = actions.issue_transcript(actor=learner, learner_id=learner.person_id, institution="MITx", now=NOW)
    inside = found.document["credentialSubject"]["verifiableCredential"]
    assert one_status(found.document) and inside and all(map(one_status, inside))


def test_a_wallets_copy_of_a_badge_from_before_has_one_status_that_ends_with_it(cast, client) -> None:
    put_grades(cast["learner"])
    told = {"actor": SYSTEM, "learner_id": cast["learner"].person_id, "program_key": "MITx/SCM", "now": NOW}
    held = actions.issue_program_credential(**told)
    entry = held.document["credentialStatus"]
    older = [entry, {**entry, "statusPurpose": "suspension"}]
    CredentialRow.objects.filter(id=held.id).update(document={**held.document, "credentialStatus": older})
    copy = delivered(client, cast, held)
    assert one_status(copy) and queries.judge(copy, real_now()).verdict == "valid"
    actions.reissue_credential(actor=cast["staff"], credential_id=held.id, reason="A new name.", now=NOW)
    place = [part for part in copy["credentialStatus"]["statusListCredential"].split("/") if part][-2]
    index = int(copy["credentialStatus"]["statusListIndex"])
    bits = status.decode(queries.status_list(UUID(place), "revocation", NOW)["credentialSubject"]["encodedList"])
    assert bits[index // 8] >> (7 - index % 8) & 1 == 1


def test_the_signer_refuses_several(cast) -> None:
    document = program_award(kind="Course")
    document["credentialStatus"] = [document["credentialStatus"]]
    with pytest.raises(VcError) as caught:
        release(document, signer(), created=NOW, approval=None, policy=Policy(four_eyes=False))
    assert caught.value.code == "status_several"


def test_a_system_suspends_its_own_alone(cast, client, settings) -> None:
    settings.VC_API = True
    api = Api(client, token_of())
    urn = "urn:uuid:0190f2b4-0000-7000-8000-00000000000d"
    issued = api.issued(id=urn)
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"}
    asked = {"credentialId": urn, "credentialStatus": entry, "status": True}
    assert api.post("/credentials/status", asked).status_code == 200
    assert queries.judge(issued, real_now()).verdict == "invalid"
    same_name = {**unsigned(), "id": urn, "issuer": "did:key:z6MkOther"}
    codes = {check.code for check in queries.judge(same_name, real_now()).checks}
    assert "suspended" not in codes
