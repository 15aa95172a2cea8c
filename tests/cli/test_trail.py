"""`linkspan trail`: verify, note, erase; exit codes; one JSON object a line."""

import json

import pytest
from django.conf import settings
from tests.factories.people import NOW, SYSTEM, person

from linkspan.accounts.actions import erase_from_trail
from linkspan.kernel import audit
from linkspan.kernel.actor import VISITOR, Actor, Grant
from linkspan.kernel.errors import NotPermitted
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import TrailEntry
from linkspan.site.command import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> None:
    for institution in ("", "MITx", "DelftX"):
        for _ in range(2):
            audit.record(actor=SYSTEM, verb="count", subject="test:1", now=NOW, institution=institution)


def run(capsys, *words: str) -> tuple[int, list[dict]]:
    code = main(["trail", *words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_verify_names_what_was_done_to_each_chain(entries, capsys) -> None:
    assert run(capsys, "verify") == (0, [])
    TrailEntry.objects.filter(institution="MITx", number=1).delete()
    gone = {"institution": "MITx", "number": 1, "fault": "removed"}
    assert run(capsys, "verify") == (1, [gone])
    assert run(capsys, "verify", "--institution", "MITx") == (1, [gone])
    assert run(capsys, "verify", "--institution", "DelftX") == run(capsys, "verify", "--platform") == (0, [])
    assert run(capsys, "verify", "--institution", "Nowhere") == (2, [])
    assert main(["trail", "verify"]) == 1
    assert capsys.readouterr().out == "MITx: entry 1 was removed\n"


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"heads": {"": [1]}, "previous": "", "sha256": ""}', "{}"])
def test_notes_that_cannot_be_read_are_unusable(entries, capsys, line) -> None:
    assert run(capsys, "note")[0] == 0
    assert run(capsys, "verify") == (0, [])
    settings.TRAIL_NOTES.open("a").write(line + "\n")
    assert main(["trail", "verify"]) == 2
    assert "line 2: this is no note." in capsys.readouterr().err


def test_a_note_that_was_changed_is_unusable(entries, capsys) -> None:
    run(capsys, "note")
    settings.TRAIL_NOTES.write_text(settings.TRAIL_NOTES.read_text().replace('"MITx": [2', '"MITx": [1'))
    assert main(["trail", "verify"]) == 2


def test_erase(entries, capsys) -> None:
    learner = person("Ada Sample")
    audit.record(actor=learner, verb="enrol", subject="enrolment.enrolment:1", now=NOW, after={"name": "Ada"})
    audit.record(actor=learner, verb="pay", subject="finance.charge:1", now=NOW, why="Kept by law.")
    told = ("erase", str(learner.person_id), "--why", "Asked for it.")
    gone = {"names": 2, "words": 2, "gone": {"accounts.user": 1, "enrolment.enrolment": 1}}
    gone["kept"] = {"finance.charge": {"entries": 1, "why": "money"}}
    assert run(capsys, *told, "--dry-run") == (0, [{**gone, "dry_run": True}])
    assert run(capsys, *told) == (0, [{**gone, "dry_run": False}])
    assert [e.after for e in audit.trail_of("enrolment.enrolment:1")] == [None]
    assert [(e.actor_name, e.why) for e in audit.trail_of("finance.charge:1")] == [("", "Kept by law.")]
    assert run(capsys, "verify") == (0, [])
    assert run(capsys, "erase", "nobody", "--why", "X")[0] == 2
    assert run(capsys, "erase", str(learner.person_id), "--why", " ")[0] == 2


@pytest.mark.parametrize(
    "actor", [VISITOR, Actor(new_id(), "R", frozenset({Grant("registrar", "MITx"), Grant("auditor")}))]
)
def test_only_operators_erase(actor) -> None:
    learner = person("Ada Sample")
    with pytest.raises(NotPermitted):
        erase_from_trail(actor=actor, person_id=learner.person_id, ground="Asked.", now=NOW)
