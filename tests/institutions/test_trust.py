"""Whom a school relies on beside itself: a registrar decides, registries are asked, and no registry harms another."""

import json
from datetime import timedelta

import pytest
from tests.factories.news import News
from tests.factories.people import NOW, person
from tests.factories.world import load_world
from tests.vc.https_server import serving
from tests.vc.makers import DID, OTHER_SEED, SEED, did_of, unsigned

from linkspan.credentials.queries import judge
from linkspan.institutions import actions, queries
from linkspan.institutions.engines.registries import MOST_ENTRIES
from linkspan.institutions.models import TrustChangeRow, TrustedIssuerRow, TrustSourceRow
from linkspan.institutions.rules import TrustKind
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.vc import Trust, sign, verify
from linkspan.vc.did import WebResolver

pytestmark = pytest.mark.django_db
OTHER_DID = did_of(OTHER_SEED)
WHY = "Our partners' list, agreed in June."
KEY = DID.removeprefix("did:key:")


@pytest.fixture
def cast():
    return load_world()


def listed(*dids: str, name: str = "Outside University") -> bytes:
    row = {"name": name, "location": "X", "url": "https://o.example"}
    return json.dumps({"registry": dict.fromkeys(dids, row)}).encode()


def outside_badge(did: str = DID, seed: bytes = SEED) -> dict:
    document = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    document["issuer"] = {**document["issuer"], "id": did}
    method = f"{did}#{did_of(seed).removeprefix('did:key:')}"
    return sign(document, seed, created=NOW, options={"verificationMethod": method})


def verdict(document: dict, relying=None) -> tuple[str, str]:
    found = judge(document, NOW, relying=relying)
    return found.verdict, next(check.code for check in found.checks if check.name == "issuer")


def decided(cast, address: str, kind: TrustKind = TrustKind.DCC, **more):
    told = {"actor": cast["registrar"], "institution": "HES", "kind": kind, "address": address, "name": "Partners"}
    return actions.trust(**{**told, "reason": WHY, "now": NOW, **more})


def did_document(did: str, *seeds: bytes) -> bytes:
    keys = [did_of(seed).removeprefix("did:key:") for seed in seeds]
    methods = [{"id": f"{did}#{key}", "type": "Multikey", "controller": did, "publicKeyMultibase": key} for key in keys]
    return json.dumps(
        {"id": did, "verificationMethod": methods, "assertionMethod": [m["id"] for m in methods]}
    ).encode()


def test_an_outside_badge_becomes_valid_after_a_registrar_trusts_its_registry(
    cast, client, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    file = json.dumps(outside_badge())
    assert "Valid" not in client.post("/verify/", {"credential": file}).content.decode().split("What to do next")[0]
    with serving(tmp_path, {"/list.json": listed(DID, OTHER_DID)}) as (port, policy):
        source = decided(cast, f"https://localhost:{port}/list.json")
        assert verdict(outside_badge()) == ("unknown", "issuer_not_registered")
        actions.refresh_trust(real_now(), policy)
    page = client.post("/verify/", {"credential": file}).content.decode()
    assert "Valid" in page and "Outside University" in page
    assert "Harvard Extension School" in page and "Partners" in page
    found = judge(outside_badge(), NOW, relying=None)
    assert found.issuer["trusted"] == [
        {"by": queries.institution("HES").name, "since": NOW.date().isoformat(), "registry": "Partners"}
    ]
    assert verdict(outside_badge(), relying=["MITx"]) == ("unknown", "issuer_not_registered")
    assert verdict(outside_badge(), relying=()) == ("unknown", "issuer_not_registered")
    tampered = {**outside_badge(), "name": "Another"}
    assert verdict(tampered)[0] == "invalid"
    late = judge(outside_badge(), real_now() + timedelta(days=31), relying=None)
    assert late.verdict == "unknown", "what a registry listed counts for thirty days"
    actions.end_trust(actor=cast["registrar"], source_id=source, reason="They left.", now=NOW)
    actions.end_trust(actor=cast["registrar"], source_id=source, reason="They left.", now=NOW)
    assert verdict(outside_badge()) == ("unknown", "issuer_not_registered")
    lines = [(change.what, change.name, change.count) for change in queries.trust_changes(cast["registrar"], source)]
    assert sorted(lines) == [("ended", "Partners", 1), ("listed", "Partners", 2), ("trusted", "Partners", 1)]


def test_one_issuer_counts_at_once_and_only_where_it_was_decided(cast) -> None:
    decided(cast, DID, TrustKind.ISSUER, name="Outside University")
    assert verdict(outside_badge(), relying=["HES"]) == ("valid", "issuer_trusted")
    assert verdict(outside_badge(OTHER_DID, OTHER_SEED))[0] == "unknown"
    with pytest.raises(Refused, match="already"):
        decided(cast, DID, TrustKind.ISSUER)


def test_who_may_decide_and_see(cast) -> None:
    source = decided(cast, "https://lists.example/registry.json")
    issuer = TrustedIssuerRow.objects.create(source_id=source, did=DID, name="X", standing="relied", since=NOW)
    foreign = person("Another Registrar", ("registrar", "MITx"))
    staff = person("Program Staff", ("program_staff", "HES"))
    for actor in (foreign, staff, cast["learner"]):
        with pytest.raises(NotPermitted):
            decided(cast, "https://lists.example/2.json", actor=actor)
        with pytest.raises(NotPermitted):
            queries.trust_sources(actor, "HES")
        for act in (
            lambda actor: queries.trusted_issuers(actor, source),
            lambda actor: queries.trust_changes(actor, source),
            lambda actor: actions.end_trust(actor=actor, source_id=source, reason="No.", now=NOW),
            lambda actor: actions.ask_registry_again(actor=actor, source_id=source, now=NOW),
            lambda actor: actions.accept_key(actor=actor, issuer_id=issuer.id, reason="No.", now=NOW),
        ):
            with pytest.raises(NotFound):
                act(actor)
    assert queries.trust_sources(person("Auditor", ("auditor", None)), "HES")[0].decided_by == cast["registrar"].name
    with pytest.raises(Refused):
        actions.accept_key(actor=cast["registrar"], issuer_id=issuer.id, reason="Fine.", now=NOW)
    assert TrustSourceRow.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (TrustKind.DCC, "http://lists.example/a.json"),
        (TrustKind.DCC, "https://user@lists.example/a.json"),
        (TrustKind.DCC, "https://[::1"),
        (TrustKind.DCC, "https://lists.example/ä.json"),
        (TrustKind.LINKSPAN, ""),
        (TrustKind.ISSUER, "did:key:zNothing"),
        (TrustKind.ISSUER, "did:web:127.0.0.1"),
        (TrustKind.ISSUER, "did:web:" + "a" * 600),
        (TrustKind.ISSUER, "mailto:x@example.org"),
    ],
)
def test_what_is_no_issuer_or_registry_is_refused(cast, kind, address) -> None:
    with pytest.raises(Unusable):
        decided(cast, address, kind)
    for more in ({"reason": " "}, {"name": ""}, {"name": "x" * 201}, {"reason": "x" * 2001}):
        with pytest.raises(Unusable):
            decided(cast, "https://lists.example/a.json", **more)
    assert not TrustSourceRow.objects.exists()


def test_who_goes_and_who_comes_back_is_told_once(cast, tmp_path) -> None:
    answers = {"/l.json": listed(DID, OTHER_DID)}
    news = News()
    with serving(tmp_path, answers) as (port, policy):
        source = decided(cast, f"https://localhost:{port}/l.json")
        actions.refresh_trust(NOW, policy)
        assert news(NOW) == []
        answers["/l.json"] = listed(OTHER_DID)
        actions.refresh_trust(NOW, policy)
        assert news(NOW) == [], "it is asked once a day"
        actions.ask_registry_again(actor=cast["registrar"], source_id=source, now=NOW)
        actions.refresh_trust(NOW, policy)
        assert verdict(outside_badge())[0] == "unknown"
        assert verdict(outside_badge(OTHER_DID, OTHER_SEED))[0] == "valid"
        registrars = sorted(row for row in news(NOW))
        assert registrars and {kind for _, kind in registrars} == {"trust_moved"}
        actions.refresh_source(source, NOW, policy)
        assert news(NOW) == []
        answers["/l.json"] = listed(DID, OTHER_DID, name="Renamed")
        actions.refresh_source(source, NOW, policy)
        assert verdict(outside_badge())[0] == "valid"
    whats = list(TrustChangeRow.objects.values_list("what", flat=True).order_by("at", "id"))
    assert sorted(whats) == ["back", "gone", "listed", "renamed", "trusted"]


def test_a_changed_key_of_the_web_waits_until_it_is_accepted(cast, tmp_path) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        did = f"did:web:localhost%3A{port}:u"
        answers |= {"/l.json": listed(did), "/u/did.json": did_document(did, SEED)}
        source = decided(cast, f"https://localhost:{port}/l.json")
        actions.refresh_source(source, NOW, policy)
        assert verdict(outside_badge(did)) == ("valid", "issuer_trusted")
        answers["/u/did.json"] = did_document(did, OTHER_SEED)
        actions.refresh_source(source, NOW, policy)
        actions.refresh_source(source, NOW, policy)
        assert verdict(outside_badge(did)) == ("valid", "issuer_trusted")
        assert verdict(outside_badge(did, OTHER_SEED))[0] == "unknown", "not accepted, and not accused"
        (issuer,) = queries.trusted_issuers(cast["registrar"], source)
        assert (issuer.standing, issuer.new_key) == ("changed", True)
        actions.accept_key(actor=cast["registrar"], issuer_id=issuer.id, reason="They wrote to us.", now=NOW)
        assert verdict(outside_badge(did, OTHER_SEED)) == ("valid", "issuer_trusted")
        assert verdict(outside_badge(did))[0] == "unknown"
    whats = list(TrustChangeRow.objects.values_list("what", flat=True))
    assert sorted(whats) == ["key_accepted", "key_changed", "listed", "trusted"]


def swapped(seed: bytes, did: str) -> bytes:
    """An issuer's document whose one key has a name that does not say which it is."""
    method = f"{did}#key-1"
    multibase = did_of(seed).removeprefix("did:key:")
    key = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
    return json.dumps({"id": did, "verificationMethod": [key], "assertionMethod": [method]}).encode()


def test_a_new_key_under_the_old_name_is_unknown_and_asked_for_at_once(cast, tmp_path, client, settings) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        did = f"did:web:localhost%3A{port}:u"
        answers["/u/did.json"] = swapped(SEED, did)
        source = decided(cast, did, TrustKind.ISSUER)
        actions.refresh_source(source, NOW, policy)
        old, new = (
            sign(outside_unsigned(did), seed, created=NOW, options={"verificationMethod": f"{did}#key-1"})
            for seed in (SEED, OTHER_SEED)
        )
        assert verdict(old) == ("valid", "issuer_trusted")
        answers["/u/did.json"] = swapped(OTHER_SEED, did)
        assert judged_with(new, None) == ("unknown", "key_maybe_changed")
        assert judged_with(new, policy) == ("unknown", "key_changed")
        assert judged_with({**new, "name": "Another"}, policy) == ("invalid", "signature_wrong")
        assert judged_with({**old, "name": "Another"}, policy) == ("invalid", "signature_wrong")
        answers["/u/did.json"] = swapped(SEED, did)
        assert judged_with({**old, "name": "Another"}, policy) == ("invalid", "signature_wrong")
        assert verdict(old) == ("valid", "issuer_trusted")
        answers["/u/did.json"] = swapped(OTHER_SEED, did)
        TrustSourceRow.objects.update(asked_at=real_now() - timedelta(minutes=59))
        told = client.post("/verify/", {"credential": json.dumps(new)}).content.decode()
        assert "another key" in told or "may have a new one" in told
        assert TrustSourceRow.objects.get().asked_at is not None, "not more than once an hour"
        TrustSourceRow.objects.update(asked_at=real_now() - timedelta(minutes=61))
        assert client.post("/api/v1/credentials/verify", json.dumps(new), "application/json").status_code == 200
        assert TrustSourceRow.objects.get().asked_at is None
        actions.refresh_trust(real_now(), policy)
        (issuer,) = queries.trusted_issuers(cast["registrar"], source)
        actions.accept_key(actor=cast["registrar"], issuer_id=issuer.id, reason="They wrote.", now=NOW)
        assert verdict(new) == ("valid", "issuer_trusted")
        # Another school still relies on the first key: each is named for the badges of the key that it relies on.
        other = decided(cast, did, TrustKind.ISSUER, actor=person("R MITx", ("registrar", "MITx")), institution="MITx")
        answers["/u/did.json"] = swapped(SEED, did)
        actions.refresh_source(other, NOW, policy)
        by = {name: judge(one, NOW, relying=None) for name, one in (("old", old), ("new", new))}
        told_by = {name: [row["by"] for row in one.issuer["trusted"]] for name, one in by.items()}
        assert {name: one.verdict for name, one in by.items()} == {"old": "valid", "new": "valid"}
        assert told_by == {"old": [queries.institution("MITx").name], "new": [queries.institution("HES").name]}


def outside_unsigned(did: str) -> dict:
    document = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    return {**document, "issuer": {**document["issuer"], "id": did}}


def judged_with(document: dict, policy) -> tuple[str, str]:
    """The verdict and the signature's code, where the issuer may be asked under a policy and where it may not."""
    resolver = WebResolver(policy) if policy else None
    trust = Trust(outside=lambda did: queries.outside_rows(did, NOW, None), resolver=resolver)
    found = verify(document, trust=trust, at=NOW)
    return found.verdict, next(check.code for check in found.checks if check.name == "signature")


def linkspan(port: int, **changes) -> bytes:
    row = {"did": DID, "name": "Outside", "url": "", "institution": "OUT", "keys": [{"publicKeyMultibase": KEY}]}
    return json.dumps({"issuers": [row | changes]}).encode()


def test_another_server_of_this_program_speaks_for_its_own_issuers_alone(cast, tmp_path) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        own, strange = f"did:web:localhost%3A{port}:u", "did:web:stranger.example"
        source = decided(cast, f"https://localhost:{port}", TrustKind.LINKSPAN)
        assert queries.trust_source(cast["registrar"], source).address == f"https://localhost:{port}/registry.json"
        answers["/registry.json"] = linkspan(port, did=own)
        actions.refresh_source(source, NOW, policy)
        assert verdict(outside_badge(own)) == ("valid", "issuer_trusted")
        answers["/registry.json"] = linkspan(port, did=strange)
        actions.refresh_source(source, NOW, policy)
        assert TrustedIssuerRow.objects.get(did=strange).keys == [], "it gives no keys to a stranger"
        assert verdict(outside_badge(strange))[0] == "unknown"
        ended = [
            {"publicKeyMultibase": KEY, "valid_to": "2001-01-01T00:00:00Z", "compromised_at": "2001-01-01T00:00:00Z"}
        ]
        answers["/registry.json"] = linkspan(port, keys=ended)
        actions.refresh_source(source, NOW, policy)
        assert verdict(outside_badge())[0] == "unknown", "a list of others accuses nobody"
    decided(cast, DID, TrustKind.ISSUER, name="By hand")
    assert verdict(outside_badge()) == ("valid", "issuer_trusted")


def hostile() -> dict[str, tuple[object, str]]:
    deep = b'{"registry":' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}"
    return {
        "huge": (b'{"registry": {' + b" " * 60_000 + b"}}", "answer_too_large"),
        "slow": ("slow", "too_slow"),
        "redirect": ("redirect", "redirect_refused"),
        "gone": ("gone", "gone"),
        "not there": (None, "answer_refused"),
        "a page": (b"<!doctype html><p>Hello", "not_json"),
        "another type": (b"[1, 2]", "not_an_object"),
        "no registry": (b'{"registry": ["did:key:x"]}', "registry_wrong"),
        "deep": (deep, "too_deep"),
        "twice": (b'{"registry": {"a": 1, "a": 2}}', "duplicate_key"),
        "not utf-8": (b'{"registry": {"\xff": 1}}', "not_utf8"),
    }


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_registry_is_named_within_two_seconds_and_harms_nobody(cast, tmp_path, name) -> None:
    answer, code = hostile()[name]
    good = listed(DID)
    answers = {"/good.json": good, "/l.json": good}
    with serving(tmp_path, answers) as (port, policy):
        source = decided(cast, f"https://localhost:{port}/l.json")
        decided(cast, f"https://localhost:{port}/good.json")
        actions.refresh_trust(NOW, policy)
        answers["/l.json"] = answer
        actions.refresh_trust(NOW + timedelta(days=1), policy)
    row = queries.trust_source(cast["registrar"], source)
    assert (row.error, row.issuers, row.answered_at) == (code, 1, NOW), "what it listed last stays for a while"
    assert verdict(outside_badge()) == ("valid", "issuer_trusted")
    issued_here = queries.issuer_registry()["issuers"][0]["did"]
    assert queries.outside_rows(issued_here, NOW) == ()


def test_entries_that_cannot_be_read_are_counted_and_left_out(cast, tmp_path) -> None:
    rows = {
        DID: {"name": "Good"},
        "did:key:zBroken": {"name": "Bad"},
        "did:web:127.0.0.1": {"name": "Bad"},
        "javascript:alert(1)": {"name": "Bad"},
        "did:web:a.example": "text",
        "did:web:b.example": {"name": "x" * 201},
        "did:web:c.example": {"name": "a\nb"},
        "did:web:d.example": {"name": None},
        OTHER_DID: {"name": "Two", "url": "javascript:alert(1)"},
    }
    with serving(tmp_path, {"/l.json": json.dumps({"registry": rows}).encode()}) as (port, policy):
        source = decided(cast, f"https://localhost:{port}/l.json")
        actions.refresh_source(source, NOW, policy)
    row = queries.trust_source(cast["registrar"], source)
    assert (row.error, row.issuers, row.unreadable) == ("", 2, 7)
    assert {one.url for one in queries.trusted_issuers(cast["registrar"], source)} == {""}


def test_a_registry_without_end_is_refused_whole() -> None:
    from linkspan.institutions.engines.registries import read_registry
    from linkspan.vc.errors import VcError

    rows = {f"did:web:u{n}.example": {"name": "U"} for n in range(MOST_ENTRIES + 1)}
    with pytest.raises(VcError, match="more than"):
        read_registry(TrustKind.DCC, "https://l.example/", json.dumps({"registry": rows}).encode())


def test_we_publish_ourselves_in_dccs_form(cast, client) -> None:
    answer = client.get("/dcc-registry.json")
    told = answer.json()["registry"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {row["name"] for row in told.values()} >= {"MITx"}
    assert set(told) == {row["did"] for row in queries.issuer_registry()["issuers"]}
