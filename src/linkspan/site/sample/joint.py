"""The joint round of three schools, up to its matching, through the same actions that pages use."""

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from linkspan.admissions import actions as admissions
from linkspan.admissions.queries import choices, intake, rounds
from linkspan.admissions.rules import Intake, Mode, Round
from linkspan.courseware.engines.exports import ExportFile
from linkspan.kernel import outbox
from linkspan.records import actions as records
from linkspan.site.sample.completers import complete_facts
from linkspan.site.sample.load import OPENING, SETUP, Cast, email_of


def moment(data: Mapping[str, Any], name: str) -> datetime:
    """A date of the joint round."""
    return datetime.fromisoformat(data["joint_round"]["dates"][name])


def open_joint_round(data: Mapping[str, Any]) -> UUID:
    """The intake with its programs; a second time changes nothing."""
    told = data["joint_round"]
    intake_id = admissions.open_intake(
        actor=SETUP,
        coordinator=told["coordinator"],
        title=told["title"],
        term=told["term"],
        seed=told["seed"],
        answer_by=datetime.fromisoformat(told["answer_by"]),
        now=OPENING,
    )
    for row in told["programs"]:
        admissions.open_round(
            actor=SETUP,
            agreement_id=row["agreement"],
            term=told["term"],
            mode=Mode(row["mode"]),
            seats=row["seats"],
            opens_at=datetime.fromisoformat(row["opens_at"]),
            closes_at=datetime.fromisoformat(row["closes_at"]),
            seed=told["seed"],
            intake_id=intake_id,
            now=OPENING,
        )
    return intake_id


def joint_round(data: Mapping[str, Any]) -> Intake:
    """The joint round as it stands."""
    told = data["joint_round"]
    return intake(next(r.intake_id for r in rounds(told["coordinator"]) if r.term == told["term"]))


def round_under(found: Intake, agreement_id: str) -> Round:
    """The round of an intake under an agreement."""
    return next(round_ for round_ in found.rounds if round_.agreement_id == agreement_id)


def put_records(cast: Cast, data: Mapping[str, Any]) -> None:
    """What the applicants bring: the credential, a degree, a test, work, and some of them the admission course."""
    told = data["joint_round"]["applicants"]
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "applicants.jsonl"
        rows = [
            {"email": email_of(name), "name": name.title(), "facts": complete_facts(number)}
            for number, name in enumerate(told)
        ]
        export.write_text("".join(json.dumps(row) + "\n" for row in rows))
        records.import_from_platform(
            actor=cast["staff"], institution="MITx", platform=ExportFile(export), now=moment(data, "import")
        )
    for name, row in told.items():
        if row["hes_course"]:
            _put_admission_course(cast[name].person_id, moment(data, "import"))


def _put_admission_course(learner_id: UUID | None, now: datetime) -> None:
    assert learner_id is not None
    fact = records.grade_fact(
        institution="HES",
        course="MGMT-E-1000",
        scale="letter",
        value="B+",
        completed="2019-05-15",
        started=None,
        run="sample",
    )
    records.record_fact(actor=SETUP, learner_id=learner_id, institution="HES", fact=fact, source="sample", now=now)


def apply_all(cast: Cast, data: Mapping[str, Any]) -> None:
    """Everybody applies in their order, and the committees score."""
    found, told = joint_round(data), data["joint_round"]["applicants"]
    for name, row in told.items():
        for agreement_id in row["choices"]:
            round_ = round_under(found, agreement_id)
            admissions.submit_application(actor=cast[name], round_id=round_.id, statement="", now=moment(data, "apply"))
    outbox.drain(now=moment(data, "apply"))
    for name, row in told.items():
        _score(cast, name, row["choices"], found.id, moment(data, "read"))


def _score(cast: Cast, name: str, scores: Mapping[str, int | None], intake_id: UUID, now: datetime) -> None:
    learner_id = cast[name].person_id
    assert learner_id is not None
    for application in choices(cast[name], learner_id, intake_id):
        score = scores[application.round.agreement_id]
        if score is not None:
            staff = cast[f"{application.round.institution.lower()}-admissions"]
            admissions.record_score(actor=staff, application_id=application.id, score=score, now=now)


def certify_lists(cast: Cast, data: Mapping[str, Any]) -> None:
    """Every institution certifies its list; the coordinator only has to match."""
    for round_ in joint_round(data).rounds:
        staff = cast[f"{round_.institution.lower()}-admissions"]
        admissions.certify_list(actor=staff, round_id=round_.id, now=moment(data, "certify"))
