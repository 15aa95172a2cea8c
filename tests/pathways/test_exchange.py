"""Messages of a partner's server: applied once, by its own key, for this recipient, within its time, by the rules."""

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.pathways.examples import agreement

from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.pathways import actions
from linkspan.pathways.actions.exchange import add_partner, deliver_messages, open_exchange
from linkspan.pathways.actions.receive import receive_message
from linkspan.pathways.engines.exchange import controller_document, exchange_did, payload_of, signed_message
from linkspan.pathways.queries import desk
from linkspan.pathways.queries.exchange import messages_of, snapshot
from linkspan.pathways.rules.exchange import Kind, message_body, pause_after
from linkspan.pathways.rules.lifecycle import Status, terms_sha256
from linkspan.vc.errors import VcError

pytestmark = pytest.mark.django_db
ID, PARTNER = "receiving-from-sending", "did:web:partner.example:api:v1:exchange:Sending"
SEED, OTHER_SEED = b"p" * 32, b"o" * 32


@dataclass
class Carrier:
    """A wire that ends in this test: controller documents by DID, messages kept, answers as told."""

    documents: dict[str, Any]
    answers: list = field(default_factory=list)
    sent: list = field(default_factory=list)

    def controller(self, did):
        if did not in self.documents:
            raise VcError("unreachable", "nobody")
        return self.documents[did]

    def send(self, endpoint, message):
        self.sent.append((endpoint, payload_of(message)["type"]))
        answer = self.answers.pop(0) if self.answers else 200
        if answer is None:
            raise VcError("unreachable", "nobody answers")
        return answer, {"detail": "told"}


@pytest.fixture
def registrar():
    return person("Receive Registrar", ("registrar", "Receiving"))


@pytest.fixture
def wire(registrar):
    document = controller_document(PARTNER, SEED, "https://partner.example/api/v1/exchange/Sending/messages")
    carrier = Carrier({PARTNER: document})
    open_exchange(actor=registrar, institution="Receiving", now=NOW)
    add_partner(actor=registrar, institution="Receiving", code="Sending", did=PARTNER, now=NOW, wire=carrier)
    return carrier


def said(kind=Kind.PROPOSAL, *, seed=SEED, sender=PARTNER, now=NOW, document=None, version=1, sha256=None, **more):
    terms = document or agreement() | {"status": "partner_review"}
    body = message_body(
        message_id=new_id(),
        kind=kind,
        sender=sender,
        recipient=more.pop("recipient", exchange_did("Receiving")),
        now=now,
        agreement_id=more.pop("agreement_id", ID),
        version=version,
        sha256=sha256 or terms_sha256(terms),
        by="Pat Partner",
        role="dean",
        more={"document": terms} if kind == Kind.PROPOSAL else more,
    )
    return signed_message(body, sender, seed)


def take(wire, message, now=NOW):
    return receive_message(institution="Receiving", raw=json.dumps(message).encode(), now=now, wire=wire)


def test_a_pathway_is_agreed_with_a_partners_server(wire, registrar) -> None:
    assert take(wire, said())["status"] == "partner_review"
    assert take(wire, said(Kind.APPROVAL))["status"] == "partner_review"
    found = desk.version_detail(SYSTEM, ID, 1)
    assert [a.actor for a in found.approvals] == ["Pat Partner (Sending)"]
    status = actions.approve_version(actor=registrar, agreement_id=ID, version=1, seen_sha256=found.sha256, now=NOW)
    assert status == Status.APPROVED
    assert take(wire, said(Kind.MOVE, status="active", reason="Agreed."))["status"] == "active"
    assert snapshot("Receiving", ID)["sha256"] == found.sha256
    closing = said(Kind.MOVE, status="closed", reason="The program ends.", until="2020-01-01")
    assert take(wire, closing)["status"] == "closed"
    assert desk.version_detail(SYSTEM, ID, 1).teach_out_until.isoformat() == "2020-01-01"
    assert deliver_messages(NOW, wire) == 1
    assert [kind for _, kind in wire.sent] == ["AgreementApproval"]


def test_the_same_message_again_is_answered_the_same_and_does_nothing(wire) -> None:
    message = said()
    first = take(wire, message)
    take(wire, said(Kind.APPROVAL))
    assert take(wire, message, NOW + timedelta(days=400)) == first
    assert len(desk.version_detail(SYSTEM, ID, 1).moves) == 2
    with pytest.raises(Refused, match="Another message"):
        take(wire, resigned(message, version=2))


def payload(message, **changes):
    body = payload_of(message) | changes
    return base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()


def resigned(message, **changes):
    return signed_message(payload_of(message) | changes, PARTNER, SEED)


def forged() -> dict[str, Any]:
    """Messages that nobody should take, by what is wrong with them."""
    good = said()
    changed = agreement() | {"seats": 1, "status": "partner_review"}
    return {
        "signed by another key": said(seed=OTHER_SEED),
        "not signed": {**said(), "signature": ""},
        "changed after signing": {**good, "payload": payload(good, by={"name": "Eve", "role": "dean"})},
        "terms changed after signing": {**good, "payload": payload(good, document=changed)},
        "of a foreign sender": said(sender="did:web:foreign.example", seed=OTHER_SEED),
        "for another recipient": said(recipient="did:web:else.example"),
        "hash of other terms": said(sha256="0" * 64),
        "of other parties": said(document=agreement() | {"sending": {"institution": "Third", "program": "P"}}),
        "of the other's agreement": said(agreement_id="other"),
        "a version too far": said(document=agreement() | {"version": 3}, version=3),
        "an unknown agreement approved": said(Kind.APPROVAL, agreement_id="none"),
        "no kind": resigned(good, type="Nothing"),
        "no version": resigned(good, version="1"),
        "a text that no database keeps": resigned(good, agreement="a\x00b"),
    }


WRONG = (
    "signed by another key", "not signed", "changed after signing", "terms changed after signing",
    "of a foreign sender", "for another recipient", "hash of other terms", "of other parties",
    "of the other's agreement", "a version too far", "an unknown agreement approved", "no kind", "no version",
    "a text that no database keeps",
)  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_taken(wire, what) -> None:
    with pytest.raises(LinkspanError) as refusal:
        take(wire, forged()[what])
    assert isinstance(refusal.value, NotPermitted | Refused | Unusable | NotFound)
    assert desk.versions_of(SYSTEM, ID) == ()


def test_old_and_early_messages(wire) -> None:
    with pytest.raises(Refused, match="expired"):
        take(wire, said(now=NOW - timedelta(days=31)))
    with pytest.raises(Refused, match="later than now"):
        take(wire, said(now=NOW + timedelta(hours=1)))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"a": 1, "a": 2}',
        b"{}",
        b'{"payload": "e30", "protected": "", "signature": ""}',
        b"[" * 100,
    ],
)
def test_what_is_no_message(wire, raw) -> None:
    with pytest.raises(Unusable):
        receive_message(institution="Receiving", raw=raw, now=NOW, wire=wire)


def test_a_partner_decides_nothing_alone(wire, registrar) -> None:
    take(wire, said())
    take(wire, said(Kind.APPROVAL))
    with pytest.raises(Refused):
        take(wire, said(Kind.MOVE, status="active", reason="x"))
    with pytest.raises(Unusable):
        take(wire, said(Kind.MOVE, status="approved", reason="x"))
    back = take(wire, said(Kind.WITHDRAWAL, reason="Not yet."))
    assert back["status"] == "partner_review" and desk.version_detail(SYSTEM, ID, 1).approvals == ()


def test_nobody_here_approves_for_the_partner(wire) -> None:
    take(wire, said())
    impostor = person("Impostor", ("registrar", "Sending"))
    sha256 = desk.version_detail(SYSTEM, ID, 1).sha256
    with pytest.raises(Refused, match="its own server"):
        actions.approve_version(actor=impostor, agreement_id=ID, version=1, seen_sha256=sha256, now=NOW)


def test_messages_go_in_order_until_they_arrive(wire, registrar) -> None:
    draft = actions.start_draft(actor=registrar, owner="Receiving", document=agreement(), now=NOW)
    actions.send_draft(actor=registrar, draft_id=draft, now=NOW)
    sha256 = desk.version_detail(SYSTEM, ID, 1).sha256
    actions.approve_version(actor=registrar, agreement_id=ID, version=1, seen_sha256=sha256, now=NOW)
    wire.answers = [None, 503, 200, 409]
    assert deliver_messages(NOW, wire) == 0
    assert deliver_messages(NOW, wire) == 0
    assert len(wire.sent) == 1
    assert deliver_messages(NOW + pause_after(1), wire) == 0
    later = NOW + pause_after(1) + pause_after(2)
    assert deliver_messages(later, wire) == 1
    assert [kind for _, kind in wire.sent] == ["AgreementProposal"] * 3 + ["AgreementApproval"]
    refused, arrived = messages_of(registrar, "Receiving")
    assert (arrived.tries, arrived.refusal, refused.refusal) == (3, "", "told")
    assert deliver_messages(later + timedelta(days=1), wire) == 0
    with pytest.raises(NotPermitted):
        messages_of(person("Other", ("registrar", "Sending")), "Receiving")


def test_who_opens_and_names(wire, registrar) -> None:
    for who in (person("Other", ("registrar", "Sending")), person("Admissions", ("admissions", "Receiving")), SYSTEM):
        with pytest.raises(NotPermitted):
            open_exchange(actor=who, institution="Receiving", now=NOW)
        with pytest.raises(NotPermitted):
            add_partner(actor=who, institution="Receiving", code="X", did=PARTNER, now=NOW, wire=wire)
    with pytest.raises(Unusable):
        add_partner(actor=registrar, institution="Receiving", code="X", did="did:web:none.example", now=NOW, wire=wire)
