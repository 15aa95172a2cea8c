"""What may happen once happens once, however many ask in the same moment: codes, nonces, answers, identifiers."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, connections
from tests.contract.vc_api.conftest import unsigned
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.vc.makers import badge

from linkspan.accounts.rules import Scope
from linkspan.credentials import actions
from linkspan.credentials.actions.presentations import ask_wallet, take_answer
from linkspan.credentials.actions.vc_api import issue_over_api
from linkspan.credentials.actions.wallets import give_nonce, offer_to_wallet, redeem_code, use_nonce
from linkspan.credentials.models import (
    ApiCredentialRow,
    ClaimRow,
    CredentialRow,
    LogEntryRow,
    PresentationRow,
    StatusEntryRow,
)
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.ids import new_id
from linkspan.vc.openid4vci import PRE_AUTHORISED

AT_ONCE = 8


@pytest.fixture
def cast(transactional_db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite writes one at a time, in memory from one thread: this runs on PostgreSQL")
    return load_world()


def at_once(work: Callable[[], object]) -> list[object]:
    """What each of several threads got, or the code with which it was refused; they begin together."""
    start = Barrier(AT_ONCE)

    def one(_: int) -> object:
        start.wait()
        try:
            return work()
        except LinkspanError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_a_code_is_redeemed_once(cast) -> None:
    put_grades(cast["learner"])
    held = actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )
    for _ in range(5):
        made = offer_to_wallet(actor=cast["learner"], credential_id=held.id, at=real_now(), now=NOW)
        told = json.loads(parse_qs(urlsplit(made.link).query)["credential_offer"][0])
        code = told["grants"][PRE_AUTHORISED]["pre-authorized_code"]
        got = at_once(partial(redeem_code, institution="MITx", code=code, digits=made.digits, at=real_now()))
        assert got.count("invalid_grant") == AT_ONCE - 1


def test_a_program_is_awarded_once(cast) -> None:
    put_grades(cast["learner"])
    told = {"actor": SYSTEM, "learner_id": cast["learner"].person_id, "program_key": "MITx/SCM", "now": NOW}
    got = at_once(lambda: actions.award_program(**told).id)
    assert set(got) == set(CredentialRow.objects.values_list("id", flat=True)) and len(set(got)) == 1
    assert (ClaimRow.objects.count(), LogEntryRow.objects.exclude(credential=None).count()) == (0, 1)


def test_a_nonce_is_used_once(cast) -> None:
    for _ in range(20):
        nonce = give_nonce(purpose="wallet", at=real_now())
        assert at_once(partial(use_nonce, purpose="wallet", nonce=nonce, at=real_now())).count(True) == 1


def test_an_answer_is_taken_once(cast) -> None:
    made = ask_wallet(actor=cast["registrar"], institution="HES", purpose="Admission", at=real_now(), now=NOW)
    state, token = PresentationRow.objects.get(id=made.id).state, json.dumps({"badge": [badge()]})
    got = at_once(lambda: take_answer(presentation_id=made.id, vp_token=token, state=state, at=real_now()))
    assert sorted(map(str, got)) == ["None", *["request_over"] * (AT_ONCE - 1)]


def test_an_identifier_gives_one_credential_over_the_api(cast) -> None:
    system = Actor(None, "Student system", grants=frozenset({Grant(Scope.ISSUE, "MITx")}))
    named = new_id().urn
    asked = {"actor": system, "institution": "MITx", "credential": unsigned(), "now": NOW}
    got = at_once(lambda: issue_over_api(**asked, credential_id=named)["proof"]["proofValue"])
    assert (len(set(got)), ApiCredentialRow.objects.count()) == (1, 1), got
    got = at_once(lambda: issue_over_api(**asked, credential_id=new_id().urn)["id"])
    assert len(set(got)) == AT_ONCE
    entries = StatusEntryRow.objects.values_list("status_list_id", "index")
    assert len(set(entries)) == len(entries) == 1 + AT_ONCE
