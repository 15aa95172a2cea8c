"""Messages of a partner's server: applied once, by its own key, for this recipient, within its time, by the rules."""

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db.transaction import atomic
from tests.factories.people import NOW, SYSTEM, person
from tests.pathways.examples import agreement

from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.pathways import actions
from linkspan.pathways.actions.drafts import enter_version
from linkspan.pathways.actions.exchange import add_partner, deliver_messages, open_exchange
from linkspan.pathways.actions.receive import receive_message
from linkspan.pathways.engines.exchange import (
    controller_document,
    exchange_did,
    format_read,
    payload_of,
    signed_message,
)
from linkspan.pathways.models import ExchangeMessageRow
from linkspan.pathways.queries import desk
from linkspan.pathways.queries.exchange import messages_of, partners_of, snapshot
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.formats import FORMAT
from linkspan.pathways.rules.life.exchange import MESSAGE_FORMAT, Kind, message_body, pause_after
from linkspan.pathways.rules.life.lifecycle import Status, terms_sha256
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
        "a later format of messages": resigned(good, format=MESSAGE_FORMAT + 1),
        "no format": resigned(good, format="1"),
        "a member that is not known": resigned(good, urgent=True),
        "an approval with a condition": resigned(said(Kind.APPROVAL), condition="only for 2019"),
        "a later format of agreements": said(document=proposal(format=FORMAT + 1)),
        "terms of a later format than it names": said(document=proposal(recognition=[EACH])),
        "a member that the format does not know": said(document=proposal(of_a_later_format=1)),
    }


EACH = {"clause": "4", "each_of": ["A", "B"], "slot": "elective", "credits": 4}


def proposal(**more):
    return agreement() | {"status": "partner_review", **more}


WRONG = (
    "signed by another key", "not signed", "changed after signing", "terms changed after signing",
    "of a foreign sender", "for another recipient", "hash of other terms", "of other parties",
    "of the other's agreement", "a version too far", "an unknown agreement approved", "no kind", "no version",
    "a text that no database keeps", "a later format of messages", "no format", "a member that is not known",
    "an approval with a condition", "a later format of agreements", "terms of a later format than it names",
    "a member that the format does not know",
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


def told_format(wire, number):
    """The partner's document, saying that it reads that format; None: it is of a server that says nothing of it."""
    service = wire.documents[PARTNER]["service"][0]
    service.pop("format", None)
    if number is not None:
        service["format"] = number


def sent(registrar, document):
    draft = actions.start_draft(actor=registrar, owner="Receiving", document=document, now=NOW)
    return actions.send_draft(actor=registrar, draft_id=draft, now=NOW)


def test_a_server_says_which_format_it_reads_and_partners_keep_it(wire, registrar) -> None:
    document = controller_document(PARTNER, SEED, "https://partner.example/")
    assert (format_read(document), document["service"][0]["format"]) == (FORMAT, FORMAT)
    assert [p.format for p in partners_of(registrar, "Receiving")] == [FORMAT]
    for stated, kept in ((None, 1), (FORMAT + 1, FORMAT + 1), ("2", 1), (True, 1), (0, 1)):
        told_format(wire, stated)
        add_partner(actor=registrar, institution="Receiving", code="Sending", did=PARTNER, now=NOW, wire=wire)
        assert [p.format for p in partners_of(registrar, "Receiving")] == [kept]


def test_what_is_new_is_never_sent_to_an_older_server(wire, registrar) -> None:
    told_format(wire, None)
    add_partner(actor=registrar, institution="Receiving", code="Sending", did=PARTNER, now=NOW, wire=wire)
    newer = agreement() | {"recognition": [EACH]}
    with pytest.raises(Refused, match="reads format 1, and this agreement needs 2"):
        sent(registrar, newer)
    assert desk.versions_of(SYSTEM, ID) == () and deliver_messages(NOW, wire) == 0 and wire.sent == []
    (draft,) = desk.own_drafts(registrar)
    actions.save_draft(actor=registrar, draft_id=draft.id, document=agreement(), revision=draft.revision, now=NOW)
    actions.send_draft(actor=registrar, draft_id=draft.id, now=NOW)
    assert deliver_messages(NOW, wire) == 1
    body = messages_out()[0]
    assert body["format"] == 1 and "format" not in body["document"]
    assert body["document"] == agreement() | {"status": "partner_review"}


def test_what_is_new_names_its_format_and_is_held_back_from_a_server_set_back(wire, registrar) -> None:
    sent(registrar, agreement() | {"recognition": [EACH]})
    (body,) = messages_out()
    assert (body["format"], body["document"]["format"]) == (1, 2)
    told_format(wire, 1)
    add_partner(actor=registrar, institution="Receiving", code="Sending", did=PARTNER, now=NOW, wire=wire)
    assert deliver_messages(NOW, wire) == 0 and wire.sent == []
    assert "reads format 1" in messages_of(registrar, "Receiving")[0].refusal


def test_a_message_tells_what_its_server_reads_now(wire, registrar) -> None:
    told_format(wire, None)
    take(wire, said())
    assert [p.format for p in partners_of(registrar, "Receiving")] == [1]
    told_format(wire, 2)
    take(wire, said(Kind.APPROVAL))
    assert [p.format for p in partners_of(registrar, "Receiving")] == [2]


def test_messages_and_documents_of_an_older_server_are_taken(wire, registrar) -> None:
    """As the release before this one wrote them: no format anywhere."""
    told_format(wire, None)
    for message in (said(), said(Kind.APPROVAL)):
        body = {name: value for name, value in payload_of(message).items() if name != "format"}
        take(wire, signed_message(body, PARTNER, SEED))
    assert [a.party for a in desk.version_detail(SYSTEM, ID, 1).approvals] == ["sending"]


def test_a_proposal_in_the_format_of_now_is_taken(wire) -> None:
    assert take(wire, said(document=proposal(recognition=[EACH], format=2)))["status"] == "partner_review"


@pytest.mark.parametrize("strange", [{"of_a_later_format": 1}, {"format": FORMAT + 1}])
def test_nobody_approves_what_this_server_does_not_understand(wire, registrar, strange) -> None:
    """Terms that came before this release refused them, or from a release that knew more."""
    document = proposal(**strange)
    with atomic():
        enter_version(SYSTEM, Agreement.read(document), Status.PARTNER_REVIEW, "Pat", NOW)
    with pytest.raises(Unusable, match=r"Not known here|reads up to"):
        actions.approve_version(
            actor=registrar, agreement_id=ID, version=1, seen_sha256=terms_sha256(document), now=NOW
        )
    assert desk.version_detail(SYSTEM, ID, 1).approvals == ()


def messages_out():
    return [row.body for row in ExchangeMessageRow.objects.filter(outgoing=True).order_by("at", "id")]
