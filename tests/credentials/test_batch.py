"""Everything that is due is issued once; a failure harms nobody else; a second run issues what is left."""

import json
import socket
import threading
from datetime import timedelta

import pytest
from django.db import transaction
from tests.factories.awards import ask_for_four_eyes
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials import actions, queries
from linkspan.credentials.models import AwardRow, ClaimRow, CredentialRow, LogEntryRow
from linkspan.credentials.rules import AwardState
from linkspan.institutions import actions as institutions
from linkspan.institutions.models import SigningKeyRow
from linkspan.institutions.rules import Custody
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Waits
from linkspan.site.command import main
from linkspan.vc import sealers

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def crowd(cast):
    """Seven who have completed the program, and one who has not."""
    people = [person(f"Person {number}") for number in range(8)]
    for number, learner in enumerate(people):
        put_grades(learner, exam="72" if number else None)
    return people


def issue(actor=SYSTEM, **told):
    return actions.issue_missing(actor=actor, program_key="MITx/SCM", now=NOW, **told)


def test_once_each_and_again_changes_nothing(cast, crowd, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.credentials.actions.batch.AT_ONCE", 3)
    actions.issue_program_credential(actor=SYSTEM, learner_id=crowd[1].person_id, program_key="MITx/SCM", now=NOW)
    seen = []
    done = issue(report=seen.append)
    assert (done.learners, done.looked_at, done.issued, done.failed) == (7, 7, 6, ())
    assert [progress.looked_at for progress in seen] == [3, 6, 7]
    assert issue().issued == 0
    documents = [queries.credentials_of(one, one.person_id) for one in crowd]
    assert [len(found) for found in documents] == [0, *[1] * 7]
    verdicts = queries.judge_all([dict(found[0].document) for found in documents if found], NOW)
    assert {verdict.verdict for verdict in verdicts} == {"valid"}
    indices = {found[0].document["credentialStatus"]["id"] for found in documents if found}
    assert len(indices) == 7
    assert list(audit.broken_links()) == []


def test_threat_30_one_that_cannot_be_signed_harms_no_other(cast, crowd) -> None:
    odd = crowd[3].person_id
    actions.bind_did(actor=SYSTEM, learner_id=odd, did="did:web:not!a!name", now=NOW)
    done = issue()
    assert done.issued == 6
    assert [(failure.learner_id, failure.code) for failure in done.failed] == [(odd, "schema_invalid")]
    actions.bind_did(actor=SYSTEM, learner_id=odd, did="did:web:holder.example", now=NOW)
    assert issue().issued == 1


def test_four_eyes_prepare_and_a_second_person_approves_them_all(cast, crowd) -> None:
    registrar = ask_for_four_eyes()
    assert (issue().prepared, issue().prepared) == (7, 0)
    waiting = queries.waiting_awards(registrar)
    assert actions.approve_awards(actor=registrar, award_ids=[one.id for one in waiting], now=NOW).issued == 7
    assert issue() == actions.Progress(1, 1)


def test_who_may(cast) -> None:
    assert issue(cast["staff"]).issued == 0
    for actor in (cast["registrar"], cast["learner"]):
        with pytest.raises(NotPermitted):
            issue(actor)
    with pytest.raises(NotFound):
        actions.issue_missing(actor=SYSTEM, program_key="MITx/None", now=NOW)


def test_the_command(cast, crowd, capsys) -> None:
    assert main(["credentials", "issue-missing", "--program", "MITx/SCM", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["issued"] == 7
    assert "7 issued" in told.err
    assert main(["credentials", "issue-missing", "--program", "MITx/None"]) == 2


def test_a_new_list_is_opened_when_one_is_full(cast, crowd, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.credentials.actions.statuses.FULL", 3 / 131_072)
    assert issue().issued == 7
    lists = queries.status_lists(NOW)["lists"]
    assert len(lists) == 3 * 4, "revocation, suspension, message, and the token form of the first"
    for one in crowd[1:]:
        (held,) = queries.credentials_of(one, one.person_id)
        assert queries.judge(dict(held.document), NOW).verdict == "valid"


def test_every_one_is_in_the_log(cast, crowd) -> None:
    from linkspan.vc import heads, merkle

    with pytest.raises(NotFound):
        queries.log_head("MITx")
    issue()
    (first,) = queries.credentials_of(crowd[1], crowd[1].person_id)
    receipt = queries.log_receipt(first.id)
    heads.check_head(receipt["head"])
    assert receipt["head"]["root_hash"] == receipt["root_hash"]
    merkle.check_receipt(first.document, receipt)
    put_grades(crowd[0])
    old = queries.log_head("MITx")
    issue()
    new, proof = queries.log_head("MITx"), queries.log_consistency("MITx", old["tree_size"])
    roots = [bytes.fromhex(head["root_hash"]) for head in (old, new)]
    path = [bytes.fromhex(node) for node in proof["path"]]
    assert (old["tree_size"], new["tree_size"]) == (7, 8)
    assert merkle.consistent(7, roots[0], 8, roots[1], path)
    entries = queries.log_entries("MITx", 0)
    assert [position for position, _ in entries] == list(range(8))
    assert merkle.root([merkle.leaf_hash(bytes.fromhex(sha256)) for _, sha256 in entries]) == roots[1]


def test_rotation_keeps_what_was_issued_valid_and_its_status_alive(cast, crowd) -> None:
    later = NOW + timedelta(days=1)
    issue()
    institutions.make_signing_key(actor=SYSTEM, code="MITx", now=later)
    (held,) = queries.credentials_of(crowd[1], crowd[1].person_id)
    assert queries.judge(dict(held.document), later).verdict == "valid"
    actions.revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Error.", now=later)
    verdict = queries.judge(dict(held.document), later)
    assert next(check.code for check in verdict.checks if check.name == "status") == "revoked"


def test_a_compromised_key_counts_for_what_the_log_held_before(cast, crowd) -> None:
    from linkspan.institutions.queries import signing_key

    issue()
    since = NOW + timedelta(days=1)
    key = signing_key("MITx", NOW)
    told = {"actor": SYSTEM, "code": "MITx", "multibase": key.multibase, "reason": "A laptop was stolen."}
    institutions.declare_compromised(**told, since=since, now=since + timedelta(days=1))
    with pytest.raises(NotPermitted):
        institutions.declare_compromised(**(told | {"actor": cast["staff"]}), since=since, now=since)
    (held,) = queries.credentials_of(crowd[1], crowd[1].person_id)
    checks = {c.name: c.code for c in queries.judge(dict(held.document), since).checks}
    assert checks["issuer"] == "issuer_registered"
    with pytest.raises(NotFound):
        signing_key("MITx", since)


def test_did_web_and_the_signer_process(cast, crowd, tmp_path, monkeypatch, settings) -> None:

    from linkspan.cli.signer import _key
    from linkspan.institutions.queries import did_document_of
    from linkspan.vc.gate import Policy
    from linkspan.vc.signer_process import SignerServer

    settings.BASE_URL = "https://credentials.example:8443"
    monkeypatch.setenv("LINKSPAN_SIGNER_PASSPHRASE", "a long enough phrase")
    assert main(["signer", "new-key", "--keys", str(tmp_path / "keys")]) == 0
    (file,) = (tmp_path / "keys").glob("*.pem")
    assert b"ENCRYPTED" in file.read_bytes()
    place = tmp_path / "signer"
    with SignerServer(place, dict([_key(file)]), Policy(four_eyes=True), lambda _: None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        did = institutions.make_signing_key(
            actor=SYSTEM, code="MITx", now=NOW, web=True, custody=Custody.PROCESS, reference=str(place)
        )
        assert did == "did:web:credentials.example%3A8443:i:MITx"
        # The process asks for four eyes whatever the school's own policy says.
        assert {failure.code for failure in issue().failed} == {"not_approved"}
        registrar = ask_for_four_eyes()
        assert issue().prepared == 7
        waiting = [one.id for one in queries.waiting_awards(registrar)]
        assert actions.approve_awards(actor=registrar, award_ids=waiting, now=NOW).issued == 7
        (held,) = queries.credentials_of(crowd[1], crowd[1].person_id)
        assert held.document["issuer"]["id"] == did
        assert queries.judge(dict(held.document), NOW).verdict == "valid"
        document = did_document_of("MITx")
        assert document["assertionMethod"] == [held.document["proof"]["verificationMethod"]]
        server.shutdown()


@pytest.fixture
def quiet(cast, tmp_path, monkeypatch):
    """A signer's place where nobody answers, and who puts the key back into its file."""
    place = str(tmp_path / "signer")
    monkeypatch.setattr(sealers, "PATIENCE_SECONDS", 0.2)
    keys = SigningKeyRow.objects.filter(institution__code="MITx")
    before = keys.values("custody", "secret").get()
    keys.update(custody=Custody.PROCESS, secret=place)
    return place, lambda: keys.update(**before)


def logged() -> tuple[int, int, int]:
    """Credentials, entries of the log about them, and claims that are open."""
    entries = LogEntryRow.objects.exclude(credential=None)
    return CredentialRow.objects.count(), entries.count(), ClaimRow.objects.count()


def test_a_silent_signer_is_waited_for_once_and_the_worker_has_each_signed_later(cast, crowd, quiet) -> None:
    place, answer_again = quiet
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(place)
        silent.listen()
        done = issue()
        silent.setblocking(False)
        silent.accept()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert done.issued == 0
    assert {failure.learner_id for failure in done.failed} == {learner.person_id for learner in crowd[1:]}
    assert {failure.code for failure in done.failed} == {"signer_unreachable"}
    assert logged() == (0, 0, 7)
    assert issue().issued == 0 and logged() == (0, 0, 7), "what is claimed is not claimed again"
    answer_again()
    deliver_all()
    assert logged() == (7, 7, 0)
    assert {row.awarded_at for row in CredentialRow.objects.all()} == {NOW}
    assert issue().learners == 1, "who lacks the exam is looked at again, and nobody else"


def deliver_all() -> None:
    outbox.drain(now=NOW + timedelta(days=1))


def test_what_was_decided_meanwhile_is_respected(cast, crowd, quiet) -> None:
    """Approved by a second person and not signed: it waits for nobody else's decision, and none can be added."""
    _, answer_again = quiet
    registrar = ask_for_four_eyes()
    assert issue().prepared == 7
    first, *_ = waiting = [one.id for one in queries.waiting_awards(registrar)]
    told = actions.approve_awards(actor=registrar, award_ids=waiting, now=NOW)
    assert (told.issued, {failure.code for failure in told.failed}) == (0, {"signer_unreachable"})
    assert queries.waiting_awards(registrar) == () and logged() == (0, 0, 7)
    actions.refuse_award(actor=registrar, award_id=first, reason="Too late.", now=NOW)
    assert issue().prepared == 0
    assert set(AwardRow.objects.values_list("state", "decided_by", "credential")) == {
        (AwardState.APPROVED, registrar.name, None)
    }
    answer_again()
    deliver_all()
    assert logged() == (7, 7, 0)
    assert set(AwardRow.objects.filter(claim=None).values_list("state", "credential__awarded_at")) == {
        (AwardState.APPROVED, NOW)
    }


def test_what_a_signer_refuses_is_open_to_decide_again(cast, crowd, monkeypatch) -> None:
    registrar = ask_for_four_eyes()
    assert issue().prepared == 7
    waiting = [one.id for one in queries.waiting_awards(registrar)]
    monkeypatch.setattr("linkspan.credentials.actions.store.approval_of", lambda *_: None)
    told = actions.approve_awards(actor=registrar, award_ids=waiting, now=NOW)
    assert (told.issued, {failure.code for failure in told.failed}) == (0, {"not_approved"})
    assert [one.id for one in queries.waiting_awards(registrar)] == waiting and logged() == (0, 0, 0)
    monkeypatch.undo()
    assert actions.approve_awards(actor=registrar, award_ids=waiting, now=NOW).issued == 7


def test_one_credential_waits_for_its_signature_and_says_so(cast, crowd, quiet) -> None:
    _, answer_again = quiet
    learner = crowd[1]
    told = {"actor": SYSTEM, "learner_id": learner.person_id, "program_key": "MITx/SCM", "now": NOW}
    for _ in range(2):
        with pytest.raises(Waits, match="signed as soon as the signer answers"):
            actions.award_program(**told)
    assert logged() == (0, 0, 1)
    answer_again()
    held = actions.award_program(**told)
    assert held is not None and logged() == (1, 1, 0)
    deliver_all()  # the six others have completed the program too
    assert logged() == (7, 7, 0) and actions.award_program(**told) == held


def test_nothing_is_signed_while_a_transaction_is_open(cast, crowd) -> None:
    told = {"actor": SYSTEM, "learner_id": crowd[1].person_id, "program_key": "MITx/SCM", "now": NOW}
    with pytest.raises(RuntimeError, match="Commit first"), transaction.atomic():
        actions.award_program(**told)
    assert logged() == (0, 0, 0)


def test_a_claim_that_cannot_be_written_down_holds_up_no_other(cast, crowd, quiet) -> None:
    _, answer_again = quiet
    issue()
    bad = ClaimRow.objects.order_by("at", "id").first()
    good = bad.draft
    ClaimRow.objects.filter(id=bad.id).update(draft={**good, "award": {**good["award"], "outcomes": "none"}})
    answer_again()
    outbox.drain(now=NOW)
    assert logged() == (6, 6, 1)
    ClaimRow.objects.filter(id=bad.id).update(draft=good)
    deliver_all()
    assert logged() == (7, 7, 0)
