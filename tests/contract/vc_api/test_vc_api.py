"""W3C Verifiable Credentials API 0.7 (Credentials Community Group draft): each MUST by its section."""

import base64

import pytest
from tests.contract.vc_api.conftest import BASE, Api, own_signature, token_of, unsigned, until
from tests.factories.people import NOW, SYSTEM

from linkspan.accounts.rules import Scope
from linkspan.credentials.actions import set_four_eyes
from linkspan.institutions.queries import signing_key
from linkspan.kernel.clock import real_now

pytestmark = pytest.mark.django_db
UNKNOWN_OPTION = "https://www.w3.org/TR/vc-api#UNKNOWN_OPTION_PROVIDED"


def test_1_2_2_the_issuer_service_has_the_keys_it_signs_with(api: Api) -> None:
    proof = api.issued()["proof"]
    assert proof["verificationMethod"].partition("#")[0] == signing_key("MITx", real_now()).did


def test_3_2_1_no_long_lived_static_credentials_such_as_basic_authentication(api: Api) -> None:
    for header in ("Basic " + base64.b64encode(b"user:password").decode(), "Bearer made-up", ""):
        api.headers = {"Authorization": header}
        assert api.post("/credentials/issue", {"credential": unsigned()}).status_code == 401


def test_3_2_2_a_token_is_good_for_the_endpoints_of_its_scopes_only(api: Api) -> None:
    only = Api(api.client, token_of(Scope.VERIFY))
    assert only.post("/credentials/issue", {"credential": unsigned()}).status_code == 403
    assert only.post("/challenges", {}).status_code == 403
    assert only.post("/credentials/verify", {"verifiableCredential": api.issued()}).status_code == 200


def test_3_2_2_a_token_is_good_for_its_own_instance_only(api: Api) -> None:
    answer = api.post("/credentials/issue", {"credential": unsigned()}, base="/api/v1/vc/HES")
    assert answer.status_code == 403


def test_3_3_an_instance_that_is_not_turned_on_answers_nothing(api: Api, settings) -> None:
    settings.VC_API = False
    assert api.post("/credentials/verify", {"verifiableCredential": {}}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/credentials/issue", {"credential": unsigned()}),
        ("/credentials/issue", {"credential": 1}),
        ("/credentials/verify", {}),
        ("/presentations/verify", {}),
        ("/challenges", {}),
        ("/credentials/status", {}),
    ],
)
def test_3_5_answers_are_application_json(api: Api, path: str, body: dict) -> None:
    answer = api.post(path, body)
    assert answer["Content-Type"].partition(";")[0] == "application/json" and isinstance(answer.json(), dict)
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("text", ["", "nothing", "[]", "{", '"text"', "\x00"])
def test_3_5_a_request_that_is_not_a_json_object_is_refused(api: Api, text: str) -> None:
    assert api.post("/credentials/verify", text).status_code in (400, 422)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/credentials/issue", {"credential": unsigned(), "extra": 1}),
        ("/credentials/issue", {"credential": unsigned(), "options": {"extra": 1}}),
        ("/credentials/verify", {"verifiableCredential": {}, "options": {"checks": ["proof"]}}),
        ("/presentations/verify", {"verifiablePresentation": {}, "options": {"challenge": "a", "domain": "b", "x": 1}}),
        ("/credentials/status", {"credentialId": "a", "credentialStatus": {}, "status": True, "x": 1}),
        (
            "/credentials/status",
            {"credentialId": "a", "credentialStatus": {"type": "Other", "statusPurpose": "revocation"}, "status": True},
        ),
    ],
)
def test_3_6_unknown_data_options_and_values_are_errors(api: Api, path: str, body: dict) -> None:
    answer = api.post(path, body)
    assert (answer.status_code, answer.json()["type"]) == (400, UNKNOWN_OPTION)


def test_3_6_a_claim_that_no_context_defines_is_an_error(api: Api) -> None:
    answer = api.post("/credentials/issue", {"credential": {**unsigned(), "honors": "summa cum laude"}})
    assert answer.status_code == 400


def test_3_8_1_all_proofs_are_attached_in_one_call(api: Api) -> None:
    found = api.verified(api.issued())
    assert found["verified"] and not found["errors"]


def test_3_8_1_a_credential_that_has_a_proof_is_refused_as_this_instance_is_configured(api: Api) -> None:
    answer = api.post("/credentials/issue", {"credential": api.issued()})
    assert (answer.status_code, answer.json()["title"]) == (400, "proof_present")


def test_3_8_1_the_issuer_is_that_of_the_instance(api: Api) -> None:
    answer = api.post("/credentials/issue", {"credential": {**unsigned(), "issuer": "did:key:z6MkOther"}})
    assert (answer.status_code, answer.json()["title"]) == (400, "issuer_foreign")


def test_3_8_1_the_same_identifier_gives_the_same_credential_and_no_other(api: Api) -> None:
    body = {"credential": unsigned(), "options": {"credentialId": "urn:uuid:0190f2b4-0000-7000-8000-00000000000a"}}
    first = api.post("/credentials/issue", body)
    assert first.status_code == 201 and api.post("/credentials/issue", body).json() == first.json()
    body["credential"] = {**unsigned(), "name": "Another"}
    assert api.post("/credentials/issue", body).json()["title"] == "credential_id_used"


def test_3_8_1_a_program_award_needs_four_eyes_that_no_system_has(api: Api) -> None:
    set_four_eyes(actor=SYSTEM, institution="MITx", four_eyes=True, now=NOW)
    subject = unsigned()["credentialSubject"]
    achievement = {**subject["achievement"], "achievementType": "MicroCredential"}
    award = {**unsigned(), "credentialSubject": {**subject, "achievement": achievement}}
    assert api.post("/credentials/issue", {"credential": award}).json()["title"] == "not_approved"


def test_3_8_2_an_issued_credential_is_read_again_by_its_identifier(api: Api) -> None:
    issued = api.issued()
    assert api.get(f"/credentials/{issued['id']}").json() == issued
    assert api.get("/credentials/urn:uuid:nothing").status_code == 404


def test_3_8_3_an_unknown_credential_has_no_status_to_update(api: Api) -> None:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    body = {"credentialId": "urn:uuid:nothing", "credentialStatus": entry, "status": True}
    assert api.post("/credentials/status", body).status_code == 404


def test_3_9_2_a_presentation_answers_a_challenge_of_this_instance_once(api: Api) -> None:
    challenge = api.post("/challenges", {}).json()["challenge"]
    body = {"verifiablePresentation": {}, "options": {"challenge": challenge, "domain": "https://verifier.example"}}
    api.post("/presentations/verify", body)
    assert api.post("/presentations/verify", body).json()["title"] == "challenge_unknown"
    body["options"]["challenge"] = "made up"
    assert api.post("/presentations/verify", body).json()["title"] == "challenge_unknown"


def test_3_13_the_type_of_a_problem_is_present_and_a_url(api: Api) -> None:
    for path, body in (("/credentials/issue", {}), ("/credentials/verify", {"verifiableCredential": 1})):
        told = api.post(path, body).json()
        assert told["type"].partition(":")[0] in ("https", "urn") and told["detail"]


def test_3_13_1_an_error_makes_verified_false(api: Api) -> None:
    found = api.verified({**api.issued(), "name": "Changed afterwards"})
    assert found["verified"] is False and found["errors"][0]["type"].startswith("https://www.w3.org/TR/vc-data-model#")


def test_3_13_1_a_key_of_another_makes_verified_false(api: Api) -> None:
    issued = api.issued()
    foreign = {**issued, "issuer": {**issued["issuer"], "id": "did:web:elsewhere.example"}}
    assert api.verified(foreign)["verified"] is False


def test_3_13_1_without_errors_verified_is_true_and_warnings_say_the_rest(api: Api) -> None:
    late = own_signature({**unsigned(), "id": "urn:uuid:0190f2b4-0000-7000-8000-00000000000b", "validUntil": until(-1)})
    found = api.verified(late)
    assert found["verified"] is True and [w["title"] for w in found["warnings"]] == ["expired"]
    assert found["verdict"]["verdict"] == "invalid"


def test_the_documented_paths_are_those_of_the_specification(api: Api) -> None:
    for path in ("/credentials/issue", "/credentials/verify", "/credentials/status", "/presentations/verify"):
        assert api.client.get(f"{BASE}{path}").status_code in (401, 404, 405)
