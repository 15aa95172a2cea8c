"""The token form of our status lists: wallets and those whom they meet see that an SD-JWT was taken back."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.vc.https_server import serving
from tests.vc.test_status_tokens import card, listed

from linkspan.credentials import actions, queries
from linkspan.credentials.engines import kept_lists
from linkspan.credentials.engines.kept_lists import KeepingResolver
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import issuer_registry, signing_key
from linkspan.kernel.clock import real_now
from linkspan.vc import Trust, VcError, jose, status_tokens, verify
from linkspan.vc.keys import jwk_of
from linkspan.vc.sealers import Bound

pytestmark = pytest.mark.django_db
HOLDER = jwk_of(Ed25519PrivateKey.generate().public_key())


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def held(cast):
    put_grades(cast["learner"])
    told = {"learner_id": cast["learner"].person_id, "program_key": "MITx/SCM", "now": NOW}
    return actions.issue_program_credential(actor=SYSTEM, **told)


def selective(held) -> str:
    document = {name: value for name, value in held.document.items() if name != "proof"}
    return sealer_of(signing_key("MITx", NOW), four_eyes=False).seal_selective(document, NOW, Bound(HOLDER, "urn:card"))


def test_a_stranger_sees_what_became_of_it_by_the_list_alone(client, cast, held) -> None:
    token = selective(held)
    told = jose.read(token.partition("~")[0])[1]
    place = told["status"]["status_list"]
    assert str(place["idx"]) == told["credentialStatus"]["statusListIndex"]

    def outside() -> tuple[str, str]:
        """As a verifier judges it that fetched both lists and knows nothing else of us."""
        answer = client.get("/" + place["uri"].partition("//")[2].partition("/")[2])
        assert answer["Content-Type"] == "application/statuslist+jwt" and answer["Access-Control-Allow-Origin"] == "*"
        assert client.get(answer.wsgi_request.path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        lists = {**queries.status_lists(real_now())["lists"], place["uri"]: answer.content.decode()}
        found = verify(token, trust=Trust(issuer_registry()["issuers"], lists), at=real_now())
        says = status_tokens.value_at(jose.read(answer.content.decode())[1], place["idx"])
        return found.verdict, says

    assert outside() == ("valid", 0) and queries.judge(token.encode(), real_now()).verdict == "valid"
    actions.suspend_credential(actor=cast["staff"], credential_id=held.id, reason="Being looked at.", now=NOW)
    assert outside() == ("invalid", 2)
    actions.reinstate_credential(actor=cast["staff"], credential_id=held.id, reason="All right.", now=NOW)
    assert outside() == ("valid", 0)
    actions.revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Exam annulled.", now=NOW)
    assert outside() == ("invalid", 1) and queries.judge(token.encode(), real_now()).verdict == "invalid"
    assert client.get("/status/00000000-0000-0000-0000-000000000000/token/").status_code == 404


def test_the_signer_signs_no_other_token() -> None:
    load_world()
    sealer = sealer_of(signing_key("MITx", NOW), four_eyes=False)
    times = {"iss": "x", "sub": "x", "iat": 1, "exp": 2}
    assert sealer.seal_published(status_tokens.TYPE, {**times, "ttl": 1, "status_list": {}})
    for kind, claims in (
        ("vc+jwt", times),
        ("dc+sd-jwt", times),
        (status_tokens.TYPE, {**times, "vct": "x"}),
        (status_tokens.TYPE, {**times, "vc": {}}),
        (status_tokens.TYPE, {"iss": "x"}),
        ("entity-statement+jwt", {**times, "credentialSubject": {}}),
    ):
        with pytest.raises(VcError) as refused:
            sealer.seal_published(kind, claims)
        assert refused.value.code == "kind_refused"


def test_a_list_of_others_is_asked_once_in_its_time(tmp_path) -> None:
    answers: dict = {}
    kept_lists._kept.clear()
    with serving(tmp_path, answers) as (port, policy):
        url = f"https://localhost:{port}/sl"
        answers["/sl"] = listed(url=url).encode()

        def judged(at, index=1) -> str:
            trust = Trust(resolver=KeepingResolver(policy, now=at))
            found = verify(card(index, url=url), trust=trust, at=at)
            return next(check.code for check in found.checks if check.name == "status")

        made = jose.instant_of(jose.read(listed())[1]["iat"])
        assert judged(made) == "revoked"
        answers["/sl"] = None
        assert judged(made) == "revoked", "kept as long as its issuer allows"
        assert judged(made + kept_lists.LONGEST) == "answer_refused", "and no longer"
        answers["/sl"] = "slow"
        assert judged(made + kept_lists.LONGEST) == "too_slow"
        answers["/sl"] = b"A" * 60_000
        assert judged(made + kept_lists.LONGEST) == "answer_too_large"
