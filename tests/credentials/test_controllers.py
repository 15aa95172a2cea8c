"""Threat 12: whoever takes over the web server of a did:web cannot do so unseen."""

import json
from datetime import timedelta

import pytest
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.vc.https_server import serving

from linkspan.credentials import actions, queries
from linkspan.credentials.actions.controllers import watch_controllers
from linkspan.credentials.models import ControllerWatchRow, LogEntryRow
from linkspan.institutions.actions import declare_compromised, make_signing_key
from linkspan.institutions.models import SigningKeyRow
from linkspan.institutions.queries import did_document_of
from linkspan.kernel.outbox import drain
from linkspan.messages.models import NoticeRow
from linkspan.vc import merkle

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.fixture
def cast():
    return load_world()


def issue(cast, now):
    put_grades(cast["learner"])
    return actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=now
    )


def alerts(kind: str) -> int:
    drain(now=LATER)
    return NoticeRow.objects.filter(kind=kind).count()


def test_threat_12_the_document_at_issue_stands_in_the_log_before_what_it_signed(cast) -> None:
    make_signing_key(actor=SYSTEM, code="MITx", now=NOW, web=True)
    issue(cast, NOW)
    (kept,) = queries.log_controllers("MITx")
    assert kept["document"] == did_document_of("MITx") and kept["index"] == 0
    entries = list(LogEntryRow.objects.filter(log_id="MITx").order_by("position").values_list("sha256", flat=True))
    assert entries[0] == merkle.entry_of(kept["document"]).hex() and len(entries) == 2


def test_threat_12_changed_keys_are_entered_again_and_told_to_staff(cast) -> None:
    make_signing_key(actor=SYSTEM, code="MITx", now=NOW, web=True)
    held = issue(cast, NOW)
    assert alerts("controller_changed") == 0
    make_signing_key(actor=SYSTEM, code="MITx", now=LATER, web=True)
    actions.revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Entered twice.", now=LATER)
    actions.lift_revocation(actor=cast["staff"], credential_id=held.id, reason="Only the other one.", now=LATER)
    actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=LATER
    )
    first, second = queries.log_controllers("MITx")
    assert len(second["document"]["verificationMethod"]) == len(first["document"]["verificationMethod"]) + 1
    assert alerts("controller_changed") > 0


def test_nothing_is_entered_for_a_key_that_is_its_own_document(cast) -> None:
    issue(cast, NOW)
    assert queries.log_controllers("MITx") == ()


def test_threat_12_another_document_than_ours_alerts_once(cast, tmp_path, settings) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        settings.BASE_URL = f"https://localhost:{port}"
        make_signing_key(actor=SYSTEM, code="MITx", now=NOW, web=True)
        watch_controllers(NOW, policy)
        row = ControllerWatchRow.objects.get()
        assert (row.same, row.error) == (None, "answer_refused")
        ours = did_document_of("MITx")
        answers["/i/MITx/did.json"] = json.dumps(ours).encode()
        watch_controllers(NOW, policy)
        row.refresh_from_db()
        assert row.same is None, "asked once a day"
        watch_controllers(NOW + timedelta(days=1), policy)
        row.refresh_from_db()
        assert row.same is True and alerts("controller_forged") == 0
        entry = {
            **ours["verificationMethod"][0],
            "publicKeyMultibase": "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        }
        answers["/i/MITx/did.json"] = json.dumps({**ours, "verificationMethod": [entry]}).encode()
        for day in (2, 3):
            watch_controllers(NOW + timedelta(days=day), policy)
        row.refresh_from_db()
        assert row.same is False
        told = alerts("controller_forged")
        assert told > 0 and alerts("controller_forged") == told


def test_a_compromised_key_changes_the_document_too(cast) -> None:
    make_signing_key(actor=SYSTEM, code="MITx", now=NOW, web=True)
    before = did_document_of("MITx")
    key = SigningKeyRow.objects.get(institution_id="MITx", did__startswith="did:web:")
    declare_compromised(
        actor=SYSTEM, code="MITx", multibase=key.multibase, since=NOW, reason="A laptop was lost.", now=LATER
    )
    assert did_document_of("MITx") != before
