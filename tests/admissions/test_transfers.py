"""Threat 23: a record goes from server to server by consent, once, for a signed receipt of the named partner."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.institutions.test_trust import outside_badge
from tests.vc.makers import badge

from linkspan.accounts.actions import give_consent, revoke_consent
from linkspan.accounts.models import Disclosure
from linkspan.accounts.queries import consents_of, person_id_by_email
from linkspan.admissions.actions.received_records import receive_record
from linkspan.admissions.actions.transfers import deliver_records, send_record
from linkspan.admissions.models import ReceivedRecordRow, SentRecordRow
from linkspan.admissions.queries.transfers import records_sent_by, sent_records
from linkspan.admissions.rules.transfers import RECEIPT_TYPE, RECORD_TYPE
from linkspan.institutions.actions import register_institution, trust
from linkspan.institutions.rules import TrustKind
from linkspan.kernel.errors import LinkspanError, NotPermitted
from linkspan.kernel.ids import new_id
from linkspan.kernel.outbox import drain
from linkspan.pathways.actions.exchange import add_partner, open_exchange
from linkspan.pathways.engines.exchange import (
    controller_document,
    exchange_did,
    payload_of,
    signed_message,
)
from linkspan.pathways.rules.life.exchange import body_sha256
from linkspan.records.actions import record_fact
from linkspan.records.queries import facts_of
from linkspan.records.rules import Kind, NewFact
from linkspan.vc.errors import VcError

pytestmark = pytest.mark.django_db
PARTNER = "did:web:partner.example:api:v1:exchange:Partner"
SEED, OTHER_SEED = b"p" * 32, b"o" * 32
UNTIL = NOW + timedelta(days=90)


class Carrier:
    """A wire that ends in this test: the partner's document, what was sent, and its server's answer."""

    def __init__(self) -> None:
        place = "https://partner.example/api/v1/exchange/Partner/messages"
        self.documents = {PARTNER: controller_document(PARTNER, SEED, place)}
        self.answer: Any = receipt
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def controller(self, did):
        if did not in self.documents:
            raise VcError("unreachable", "nobody")
        return self.documents[did]

    def send(self, endpoint, envelope):
        self.sent.append((endpoint, payload_of(envelope)))
        return self.answer(envelope)


def receipt(envelope, seed=SEED, **changes):
    body = payload_of(envelope)
    told = {"id": new_id().urn, "type": "RecordReceipt", "message": body["id"], "sha256": body_sha256(body)}
    return 200, signed_message({**told, "from": PARTNER, "to": body["from"], **changes}, PARTNER, seed, RECEIPT_TYPE)


@pytest.fixture
def registrar():
    return person("Home Registrar", ("registrar", "Home"))


@pytest.fixture
def wire(registrar):
    carrier = Carrier()
    open_exchange(actor=registrar, institution="Home", now=NOW)
    add_partner(actor=registrar, institution="Home", code="Partner", did=PARTNER, now=NOW, wire=carrier)
    return carrier


def grade(of="Partner", key="P1x", value=81):
    data = {"institution": of, "id": key, "grade": {"scale": "percent", "value": value}, "completed": "2018-05-15"}
    return {"kind": "course_grade", "key": key, "data": data}


def body(**changes) -> dict[str, Any]:
    consent = {
        "id": "consent-1",
        "institution": "Home",
        "purpose": "credit_evaluation",
        "records": ["courses"],
        "given": NOW.isoformat(),
        "until": UNTIL.isoformat(),
        "signed": "Wanda Wander",
    }
    dates = {"issued": NOW.isoformat(), "expires": (NOW + timedelta(days=7)).isoformat()}
    told = {
        "id": new_id().urn,
        "type": "RecordTransfer",
        **dates,
        "consent": {**consent, **changes.pop("consent", {})},
        "learner": {"email": "wanda@example.org", "name": "Wanda Wander"},
        "facts": [grade()],
        "credentials": [],
        "from": PARTNER,
        "to": exchange_did("Home"),
    }
    return {**told, **changes}


def take(wire, told, *, seed=SEED, typ=RECORD_TYPE, now=NOW, raw=None):
    envelope = signed_message(told, PARTNER, seed, typ)
    return receive_record(institution="Home", raw=raw or json.dumps(envelope).encode(), now=now, wire=wire)


def test_a_record_is_taken_with_a_signed_receipt_and_the_consent_that_came_with_it(wire) -> None:
    told = body()
    answer = payload_of(take(wire, told))
    assert (answer["message"], answer["sha256"], answer["facts"]) == (told["id"], body_sha256(told), 1)
    learner = person_id_by_email("wanda@example.org")
    assert [fact.data["id"] for fact in facts_of(SYSTEM, learner)] == ["P1x"]
    (consent,) = consents_of(learner)
    assert (consent.institution, consent.records, consent.expires_at) == ("Home", ("courses",), UNTIL)


def test_the_same_message_again_gets_the_same_receipt_and_does_nothing(wire) -> None:
    told = body()
    first = take(wire, told)
    assert take(wire, told, now=NOW + timedelta(days=400)) == first
    assert ReceivedRecordRow.objects.count() == 1
    with pytest.raises(LinkspanError, match="under this identifier"):
        take(wire, {**told, "facts": [grade(value=99)]})


def test_threat_23_what_is_not_taken(wire) -> None:
    wide = {"records": ["courses", "everything"]}
    cases = {
        "signature": lambda: take(wire, body(), seed=OTHER_SEED),
        "another use": lambda: take(wire, body(), typ="linkspan-exchange+json"),
        "another recipient": lambda: take(wire, body(to=exchange_did("Other"))),
        "a stranger": lambda: take(wire, body(**{"from": "did:web:stranger.example"})),
        "expired": lambda: take(wire, body(), now=NOW + timedelta(days=8)),
        "early": lambda: take(wire, body(), now=NOW - timedelta(days=1)),
        "consent to another": lambda: take(wire, body(consent={"institution": "Other"})),
        "consent ended": lambda: take(wire, body(consent={"until": NOW.isoformat()})),
        "consent too narrow": lambda: take(wire, body(consent={"records": ["degrees"]})),
        "consent too long": lambda: take(wire, body(consent={"until": (NOW + timedelta(days=4000)).isoformat()})),
        "parts unknown": lambda: take(wire, body(consent=wide)),
        "facts of others": lambda: take(wire, body(facts=[grade(of="Home")])),
        "another kind of fact": lambda: take(wire, body(facts=[{**grade(), "kind": "degree"}])),
        "no facts": lambda: take(wire, body(facts="all")),
        "too many": lambda: take(wire, body(facts=[grade()] * 501)),
        "no envelope": lambda: take(wire, body(), raw=b"\xff\xfe"),
        "altered": lambda: take(wire, body(), raw=altered()),
    }
    for name, attempt in cases.items():
        with pytest.raises(LinkspanError):
            attempt()
            pytest.fail(name)
    assert person_id_by_email("wanda@example.org") is None and ReceivedRecordRow.objects.count() == 0


def altered() -> bytes:
    honest = signed_message(body(), PARTNER, SEED, RECORD_TYPE)
    other = signed_message(body(facts=[grade(value=100)]), PARTNER, SEED, RECORD_TYPE)
    return json.dumps({**honest, "payload": other["payload"]}).encode()


def test_a_credential_that_is_not_valid_is_not_taken(wire) -> None:
    forged = {**badge(), "validFrom": "2017-01-01T00:00:00Z"}
    with pytest.raises(LinkspanError, match="not valid"):
        take(wire, body(credentials=[forged], consent={"records": ["courses", "credentials"]}))


def test_a_credential_of_an_outside_issuer_counts_where_the_school_relies_on_it(wire, registrar) -> None:
    told = {"records": ["courses", "credentials"]}
    assert (
        payload_of(take(wire, body(credentials=[outside_badge()], consent=told)))["credentials"][0]["verdict"]
        == "unknown"
    )
    did = outside_badge()["issuer"]["id"]
    why = {"name": "Outside", "reason": "Partner.", "now": NOW}
    home = {"code": "Home", "name": "Home", "country": "US", "time_zone": "UTC", "url": "", "aliases": []}
    register_institution(actor=SYSTEM, **home, now=NOW)
    trust(actor=registrar, institution="Home", kind=TrustKind.ISSUER, address=did, **why)
    again = payload_of(take(wire, body(credentials=[outside_badge()], consent={**told, "id": "consent-2"})))
    assert again["credentials"][0]["verdict"] == "valid"


def test_threat_23_an_ended_consent_ends_here_and_later_records_under_it_are_refused(wire) -> None:
    take(wire, body())
    learner = person_id_by_email("wanda@example.org")
    ended = {name: body()[name] for name in ("issued", "expires", "from", "to")}
    take(wire, {"id": new_id().urn, "type": "ConsentEnded", "consent": {"id": "consent-1"}, **ended})
    assert consents_of(learner)[0].revoked_at is not None
    with pytest.raises(NotPermitted, match="ended"):
        take(wire, body(facts=[grade(key="P2x")]))


def test_a_record_is_added_to_an_account_that_stands_but_opens_nothing_of_it(wire) -> None:
    known = person("Wanda")
    take(wire, body(learner={"email": "wanda@example.org", "name": "Wanda Wander"}))
    assert len(facts_of(SYSTEM, known.person_id)) == 1 and consents_of(known.person_id) == ()


@pytest.fixture
def learner():
    actor = person("Sent Learner")
    for told in (grade("Home", "H1x"), grade("Elsewhere", "E1x")):
        fact = NewFact(Kind.COURSE_GRADE, told["key"], told["data"])
        of = told["data"]["institution"]
        record_fact(
            actor=SYSTEM, learner_id=actor.person_id, institution=of, fact=fact, source="test", now=NOW, reason=""
        )
    return actor


def consent_to(learner, records=("courses",)):
    return give_consent(
        actor=learner,
        learner_id=learner.person_id,
        institution="Partner",
        purpose="credit_evaluation",
        records=list(records),
        expires_at=UNTIL,
        signature="Sent Learner",
        now=NOW,
    )


def send(actor, learner):
    return send_record(actor=actor, learner_id=learner.person_id, institution="Home", partner="Partner", now=NOW)


def test_own_grades_leave_once_by_consent_and_the_receipt_is_kept(wire, learner) -> None:
    with pytest.raises(NotPermitted, match="No consent"):
        send(learner, learner)
    consent_to(learner)
    assert send(learner, learner) == send(learner, learner)
    assert deliver_records(NOW, wire) == 1 and deliver_records(NOW, wire) == 0
    ((endpoint, told),) = wire.sent
    assert endpoint == "https://partner.example/api/v1/exchange/Partner/records"
    assert [fact["key"] for fact in told["facts"]] == ["H1x"], "an institution speaks for itself alone"
    (sent,) = sent_records(learner, learner.person_id)
    assert sent.done_at == NOW and payload_of(sent.receipt)["message"] == told["id"]
    logged = Disclosure.objects.get(learner_id=learner.person_id)
    assert (logged.how, logged.institution, logged.basis) == ("transfer", "Partner", "consent")


def test_a_grade_that_is_set_back_is_sent_again(wire, learner) -> None:
    """What the partner was told last is compared, not whatever it was told once."""
    consent_to(learner)
    told = {"actor": SYSTEM, "learner_id": learner.person_id, "institution": "Home", "source": "test", "now": NOW}
    first = grade("Home", "H1x")
    given = [first["data"], first["data"] | {"grade": {"scale": "percent", "value": 51}}, first["data"]]
    for data in given:
        record_fact(fact=NewFact(Kind.COURSE_GRADE, "H1x", data), reason="Looked into.", **told)
        assert send(learner, learner) == send(learner, learner)
        assert deliver_records(NOW, wire) == 1
    assert [message["facts"][0]["data"] for _, message in wire.sent] == given


def test_threat_23_a_receipt_of_another_key_or_message_is_none(wire, learner) -> None:
    consent_to(learner)
    send(learner, learner)
    forged = [lambda e: receipt(e, OTHER_SEED), lambda e: receipt(e, message="urn:uuid:other"), lambda e: (200, {})]
    for day, answer in enumerate([*forged, lambda e: (503, {})]):
        wire.answer = answer
        assert deliver_records(NOW + timedelta(days=day), wire) == 0
    assert SentRecordRow.objects.get().done_at is None
    wire.answer = receipt
    assert deliver_records(NOW + timedelta(days=5), wire) == 1
    assert Disclosure.objects.filter(learner_id=learner.person_id).count() == 1


def test_threat_23_a_consent_that_ends_first_stops_it_and_one_that_ends_later_is_told(wire, learner) -> None:
    consent = consent_to(learner)
    send(learner, learner)
    revoke_consent(actor=learner, consent_id=consent, now=NOW)
    assert deliver_records(NOW, wire) == 0 and wire.sent == []
    again = consent_to(learner)
    send(learner, learner)
    assert deliver_records(NOW, wire) == 1
    revoke_consent(actor=learner, consent_id=again, now=NOW)
    drain(now=NOW)
    assert deliver_records(NOW, wire) == 1
    assert wire.sent[-1][1]["type"] == "ConsentEnded" and wire.sent[-1][1]["consent"] == {"id": str(again)}


def test_a_refusal_is_final_and_is_told(wire, learner) -> None:
    consent_to(learner)
    send(learner, learner)
    wire.answer = lambda _: (403, {"detail": "The consent names another institution."})
    assert deliver_records(NOW, wire) == 0
    (sent,) = sent_records(learner, learner.person_id)
    assert sent.done_at == NOW and "another institution" in sent.refusal


@pytest.mark.parametrize("role", ["admissions", "dean", "program_staff", "operator"])
def test_who_may_send_and_see(wire, learner, registrar, role) -> None:
    consent_to(learner)
    stranger, abroad = person("Other Person", (role, "Home")), person("Abroad", ("registrar", "Partner"))
    for nobody in (stranger, abroad):
        with pytest.raises(NotPermitted):
            send(nobody, learner)
        with pytest.raises(NotPermitted):
            records_sent_by(nobody, "Home")
        with pytest.raises(NotPermitted):
            sent_records(nobody, learner.person_id)
    made = send(registrar, learner)
    assert [sent.id for sent in records_sent_by(registrar, "Home")] == [made]


def test_the_page_sends_and_tells_what_became_of_it(wire, learner, client, django_user_model, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    register_institution(
        actor=SYSTEM,
        code="Partner",
        name="Partner University",
        country="US",
        time_zone="UTC",
        url="",
        aliases=[],
        now=NOW,
    )
    consent_to(learner)
    client.force_login(django_user_model.objects.get(id=learner.person_id))
    told = {"institution": "Home", "partner": "Partner"}
    assert 'action="/consents/send/"' in client.get("/consents/").content.decode()
    assert client.post("/consents/send/", told).status_code == 302
    assert "on its way" in client.get("/consents/").content.decode()
    deliver_records(NOW + timedelta(minutes=5), wire)
    assert "signed receipt is kept" in client.get("/consents/").content.decode()
    assert client.post("/consents/send/", {**told, "partner": "Nobody"}).status_code == 404
