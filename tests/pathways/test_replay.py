"""Audits of version 2 come out byte for byte; the outcomes stand beside the digests to show what changed.

`golden/version-2.json` was written by the rules of version 2: agreements and records of our own for each meaning that
changed since, and the sample network of then with learners of the sample world.
"""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.accounts.actions import give_consent
from linkspan.accounts.queries import disclosures_of
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.ids import new_id
from linkspan.pathways.actions import publish_version
from linkspan.pathways.models import AuditRow
from linkspan.pathways.queries import replayed_audit
from linkspan.pathways.queries.audits import differing_audits, differing_page
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.shapes import with_policies
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.audit.replaying import Difference
from linkspan.pathways.rules.language.meaning import EVERY, RULES_VERSION, Meaning, rules_of
from linkspan.site.command import main

GOLDEN = json.loads((Path(__file__).parent / "golden" / "version-2.json").read_text(encoding="utf-8"))
RULES = rules_of("2")


def digest(value: dict) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def test_our_own_cases_replay_byte_for_byte() -> None:
    agreements, records = {r["id"]: Agreement.read(r) for r in GOLDEN["agreements"]}, dict(GOLDEN["records"])
    again = []
    for agreement, name, *_ in GOLDEN["audits"]:
        found = audit_record(records[name], agreements[agreement], date(2024, 6, 1), rules=RULES).as_json()
        credits = sum(row["credits"] for row in found["recognised"])
        again.append([agreement, name, found["outcome"], credits, digest(found)])
    assert again == GOLDEN["audits"]


def test_the_sample_network_and_its_learners_replay_byte_for_byte() -> None:
    policies = {row["id"]: row for row in GOLDEN["policies"]}
    network = [Agreement.read(with_policies(row, policies)) for row in GOLDEN["network"]]
    days = [date.fromisoformat(day) for day in GOLDEN["days"]]
    again = [
        [digest(audit_record(one, terms, day, rules=RULES).as_json()) for terms in network for day in days]
        for one in GOLDEN["learners"]
    ]
    assert again == GOLDEN["digests"]


def test_the_present_version_holds_every_meaning_and_an_unknown_one_is_refused() -> None:
    assert rules_of(RULES_VERSION).meanings == frozenset(Meaning) and RULES.meanings == frozenset()
    assert all(name == rules.version for name, rules in EVERY.items())
    with pytest.raises(Unusable, match="Rules 9 are not known"):
        rules_of("9")


@pytest.mark.django_db
def test_a_stored_audit_is_judged_by_the_rules_that_it_was_stored_with(monkeypatch, capsys) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    document = next(row for row in GOLDEN["agreements"] if row["id"] == "list-exists")
    stored_record = dict(GOLDEN["records"])["open-test"]
    sha256 = publish_version(actor=SYSTEM, document=document, now=NOW)
    result = audit_record(stored_record, Agreement.read(document), date(2024, 6, 1), rules=RULES).as_json()
    row = AuditRow.objects.create(
        learner_id=new_id(),
        agreement_id=document["id"],
        version=1,
        sha256=sha256,
        on=date(2024, 6, 1),
        record=stored_record,
        result=result,
        rules_version="2",
        at=NOW,
    )
    check_replay(row, capsys)
    (found,) = differing_audits(SYSTEM)
    assert (found.audit_id, found.before, found.after) == (row.id, "not_met", "unknown")
    assert list(differing_audits(SYSTEM, "North")) == [] and list(differing_audits(SYSTEM, "South")) == [found]
    with pytest.raises(NotPermitted):
        list(differing_audits(person("Ann"), "South"))
    assert main(["audits", "differ", "--json"]) == 1
    check_page(row)
    row.refresh_from_db()
    assert row.rules_version == "2", "the report changes nothing"


def check_replay(row: AuditRow, capsys) -> None:
    """By the rules of then; which later meanings would decide otherwise, and how; other words are no difference."""
    found = replayed_audit(SYSTEM, row.id)
    assert (found.same, found.reworded, found.again) == (True, (), found.stored.result)
    assert found.again["rules_version"] == "2"
    outcomes = Difference("outcome", "not_met", "unknown"), Difference("requirements 1 outcome", "not_met", "unknown")
    assert set(found.since) == {Meaning.OPEN_LISTS} and set(outcomes) <= set(found.since[Meaning.OPEN_LISTS])
    stored = row.result
    first = stored["requirements"][0]
    row.result = stored | {"requirements": [first | {"text": "As it was said then", "reason": "Of old"}]}
    row.save()
    assert main(["audits", "replay", str(row.id)]) == 0
    told = capsys.readouterr().out
    assert "the same: list-exists, version 1, 2024-06-01, rules 2" in told
    assert "other words: requirements 1 text" in told and "other words: requirements 1 reason" in told
    assert "since then (open_lists) outcome: not_met, would be unknown" in told
    row.result = stored | {"requirements": [first | {"outcome": "met"}]}
    row.save()
    assert main(["audits", "replay", str(row.id), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["differences"] == [{"place": "requirements 1 outcome", "before": "met", "after": "not_met"}]
    assert "outcome" in {one["place"] for one in told["since"]["open_lists"]}
    AuditRow.objects.filter(id=row.id).update(rules_version="1")
    assert main(["audits", "replay", str(row.id)]) == 2, "no meaning is guessed"
    assert "Rules 1 are not known here; known: 2, 3" in capsys.readouterr().err
    row.result, row.rules_version = stored, "2"
    row.save()


def check_page(row: AuditRow) -> None:
    """The same for registrars of the receiving school and auditors, by name for who works with the learner."""
    own, other = person("South Registrar", ("registrar", "South")), person("North Registrar", ("registrar", "North"))
    auditor = person("All Auditor", ("auditor", None))
    give_consent(
        actor=(learner := person("Lee Sample")),
        learner_id=learner.person_id,
        institution="South",
        purpose="credit_evaluation",
        records=["courses"],
        signature="Lee Sample",
        expires_at=NOW + timedelta(days=9),
        now=NOW,
    )
    AuditRow.objects.filter(id=row.id).update(learner_id=learner.person_id)
    for actor, total, shown in ((own, 1, "Lee Sample"), (auditor, 1, "A learner"), (other, 0, "")):
        page = differing_page(actor)
        assert (len(page.rows), page.total) == (total, total)
        assert differing_page(actor, number=2).rows == ()
        client = browser(actor)
        text = client.get("/desk/audits/").content.decode()
        assert ("list-exists, version 1" in text, "Lee Sample" in text) == (bool(total), shown == "Lee Sample")
        assert not shown or shown in text
    log = [(row.reader_name, row.how) for row in disclosures_of(learner, learner.person_id).rows]
    assert log == [("South Registrar", "list")]
    with pytest.raises(NotPermitted):
        differing_page(learner)
    newer = AuditRow.objects.get(id=row.id)
    newer.pk, newer.rules_version, newer.at = new_id(), RULES_VERSION, NOW + timedelta(days=1)
    newer.save(force_insert=True)
    assert differing_page(own).total == 0, "judged again since"
    newer.delete()
