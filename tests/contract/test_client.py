"""A client in TypeScript, generated from the contract and nothing else, compiles and reads the journey."""

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from tests.contract.test_openapi import SNAPSHOT
from tests.factories.people import token_for
from tests.factories.world import load_world

from linkspan.credentials.queries import credentials_of
from linkspan.pathways.queries import pathways_for
from linkspan.pathways.rules.language.findings import Outcome
from linkspan.records.queries import learner_record
from linkspan.site.journey import Stage, enrol_and_pay, receive_credential, recognise, study_and_sit
from linkspan.site.sample import story
from linkspan.site.sample.load import world

ON = date(2018, 10, 3)
ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "node_modules" / ".bin"
missing = [name for name in ("openapi-typescript", "tsc") if not (TOOLS / name).exists()]
pytestmark = pytest.mark.skipif(
    bool(missing) or shutil.which("node") is None, reason=f"no node, or not installed: {', '.join(missing)}"
)


def run(cwd: Path, *command: object) -> str:
    ran = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def client(tmp_path) -> Path:
    place = tmp_path / "client"
    shutil.copytree(Path(__file__).with_name("client"), place)
    (place / "package.json").write_text('{"type": "module"}')
    (place / "node_modules").symlink_to(ROOT / "node_modules")
    run(place, TOOLS / "openapi-typescript", SNAPSHOT, "-o", "contract.ts")
    run(place, TOOLS / "tsc")
    return place


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_reads_the_journey(client, tmp_path, live_server) -> None:
    stage = Stage(tmp_path, ON, world(), load_world())
    story.load_courses(stage.data)
    enrolled, sat = enrol_and_pay(stage), study_and_sit(stage)
    receive_credential(stage)
    story.hand_in_evidence(stage.cast, stage.data)
    story.take_bridge_course(stage.cast, stage.data)
    story.join_hes(stage.cast, stage.data)
    recognised = recognise(stage)

    actor = stage.cast["learner"]
    told = json.loads(run(client, "node", "made/journey.js", live_server.url, token_for(actor)))
    answers = pathways_for(learner_record(actor, stage.learner_id), ON)
    assert told.pop("pathways") == [one.agreement.id for one in answers if one.audit.outcome == Outcome.MET]
    assert len(told.pop("credits")) == recognised["courses_waived"]
    assert told == {
        "tracks": ["verified"] * (enrolled["courses"] + 1),
        "paid": 405_000,
        "attempts": [sat["exam_outcome"]],
        "applications": ["joined"],
        "credentials": [held.document["type"] for held in credentials_of(actor, stage.learner_id)],
        "degrees": [[recognised["degree"], recognised["courses_waived"] + recognised["courses_left"]]],
    }
