"""Authorities that certify issuers: a registrar relies on one by its root certificate, and verdicts name who did."""

from datetime import timedelta

import pytest
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world
from tests.institutions.test_trust import WHY
from tests.vc.certificates import LEAF, MIDDLE, ROOT, ROOT_KEY, TWIN, certificate, pem, x5c
from tests.vc.test_certificates import CLAIMS, signed

from linkspan.credentials.queries import judge
from linkspan.institutions import actions, queries
from linkspan.institutions.models import TrustSourceRow
from linkspan.institutions.rules import TrustKind
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.vc.certificates import fingerprint

pytestmark = pytest.mark.django_db
CARD = signed(x5c(LEAF, MIDDLE), CLAIMS)


@pytest.fixture
def cast():
    return load_world()


def relied_on(cast, held=ROOT, **more):
    told = {"actor": cast["registrar"], "institution": "HES", "kind": TrustKind.ROOT, "address": "", "reason": WHY}
    named = {"name": "The national list", "certificate": held if isinstance(held, str) else pem(held), "now": NOW}
    return actions.trust(**{**told, **named, **more})


def told(relying=None) -> tuple[str, str]:
    found = judge(CARD.encode(), NOW, relying=relying)
    return found.verdict, next(check.code for check in found.checks if check.name == "issuer")


def test_whom_it_certifies_is_valid_from_the_decision_on_until_its_end(cast, client, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    assert told() == ("unknown", "certificate_root_unknown")
    source = relied_on(cast)
    assert told() == ("valid", "issuer_trusted")
    assert told(["HES"])[0] == "valid" and told(["MITx"])[0] == "unknown" and told(())[0] == "unknown"
    page = client.post("/verify/", {"credential": CARD}).content.decode()
    school = queries.institution("HES").name
    assert "PID office" in page and "The national list" in page and school in page
    row = queries.trust_source(cast["registrar"], source)
    assert (row.address, row.certificate_until) == (fingerprint(ROOT), ROOT.not_valid_after_utc)
    actions.refresh_trust(NOW)
    assert TrustSourceRow.objects.get().asked_at is None, "nobody is asked"
    with pytest.raises(Refused, match="not asked"):
        actions.ask_registry_again(actor=cast["registrar"], source_id=source, now=NOW)
    actions.end_trust(actor=cast["registrar"], source_id=source, reason="It was sold.", now=NOW)
    assert told() == ("unknown", "certificate_root_unknown")
    relied_on(cast, TWIN)
    assert told() == ("unknown", "certificate_refused"), "another of the same name vouches for nobody of this one"


def test_what_is_no_root_certificate_is_refused(cast) -> None:
    ended = certificate("Old", ROOT_KEY, "Old", ROOT_KEY, authority=True, ends=NOW - timedelta(days=1))
    for broken in ("", "x", pem(LEAF), pem(ROOT) * 2, pem(ROOT)[:300], ended):
        with pytest.raises(Unusable):
            relied_on(cast, broken)
    with pytest.raises(NotPermitted):
        relied_on(cast, actor=person("Another Registrar", ("registrar", "MITx")))
    assert not TrustSourceRow.objects.exists()
    relied_on(cast)
    with pytest.raises(Refused, match="already"):
        relied_on(cast, pem(ROOT) + "\n")


def test_the_page_takes_it_and_gives_back_what_was_wrong(cast, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    client = browser(cast["registrar"])
    sent = {"kind": "root", "address": "", "name": "The national list", "reason": WHY, "certificate": "No certificate"}
    answer = client.post("/desk/trust/HES/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and "No certificate</textarea>" in page and 'id="certificate-error"' in page
    answer = client.post("/desk/trust/HES/", sent | {"certificate": pem(ROOT)}, follow=True)
    page = answer.content.decode()
    assert fingerprint(ROOT) in page and "An authority that certifies issuers" in page
