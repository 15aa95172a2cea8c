"""The whole story, headless: seven steps through the same actions that pages use, each with its facts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from linkspan.admissions.queries import application
from linkspan.admissions.rules import State
from linkspan.credentials.queries import certificate, credentials_of, judge, status_lists
from linkspan.credentials.rules import IssueKind
from linkspan.finance.queries import account_total, charges_of, ledger_balanced, tuition_forgone
from linkspan.finance.rules import Account
from linkspan.institutions.queries import issuer_registry
from linkspan.kernel import outbox
from linkspan.kernel.actor import system_actor
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.money import Money
from linkspan.outcomes.queries import exact_funnel
from linkspan.pathways.queries import PathwayAnswer, pathways_for
from linkspan.recognition.queries import degree_plans
from linkspan.records.actions import freeze_course_grade
from linkspan.records.queries import learner_record
from linkspan.site.sample import story
from linkspan.site.sample.load import Cast, load_world, world

SYSTEM = system_actor("journey")


@dataclass(slots=True)
class Stage:
    """What the steps share."""

    out: Path
    on: date
    data: Mapping[str, Any]
    cast: Cast
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def learner_id(self) -> UUID:
        """The learner of the story."""
        person_id = self.cast["learner"].person_id
        assert person_id is not None
        return person_id


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was played: its facts, and those that are not as the world's data expects."""

    number: int
    name: str
    facts: Mapping[str, Any]
    wrong: tuple[str, ...]


def play(out: Path, on: date) -> Iterator[Step]:
    """Play all steps in a fresh database, writing files into `out`; `on` is the day of step 4's audits."""
    out.mkdir(parents=True, exist_ok=True)
    data = world()
    stage = Stage(out, on, data, load_world())
    story.load_courses(data)
    story.ask_for_four_eyes(stage.cast)
    for number, (name, act) in enumerate(STEPS, start=1):
        facts = jsonable(act(stage))
        yield Step(number, name, facts, tuple(_wrong(number, facts, stage)))


def _wrong(number: int, facts: Mapping[str, Any], stage: Stage) -> Iterator[str]:
    for name, value in stage.data["expected"].get(str(number), {}).items():
        if facts.get(name) != value:
            yield f"{name} is {facts.get(name)!r}, not {value!r}"
    if number == 4:
        for agreement, expected in stage.data["expected_pathways"].get(stage.on.isoformat(), {}).items():
            row: Mapping[str, Any] = next((p for p in facts["pathways"] if p["agreement"] == agreement), {})
            for name, value in expected.items():
                if row.get(name) != value:
                    yield f"{agreement}: {name} is {row.get(name)!r}, not {value!r}"


def enrol_and_pay(stage: Stage) -> dict[str, Any]:
    """Five courses, on the verified track."""
    runs = story.program_runs(stage.data)
    for run in runs:
        story.take_course(stage.cast["learner"], run, story.moment(stage.data, "study"))
    charges = charges_of(stage.cast["learner"], stage.learner_id)
    paid = Money.total((charge.amount for charge in charges), charges[0].amount.currency)
    return {
        "program": stage.data["exam"]["program"],
        "courses": len(runs),
        "track": "verified",
        "paid": paid,
        "ledger_balanced": ledger_balanced(),
    }


def study_and_sit(stage: Stage) -> dict[str, Any]:
    """Grades of record by each course's policy, the exam, its review and its release."""
    frozen = story.moment(stage.data, "freeze")
    grades = [
        freeze_course_grade(
            actor=stage.cast["staff"],
            learner_id=stage.learner_id,
            run_id=run["id"],
            now=frozen,
            reason="The sample's runs stay open for visitors.",
        )
        for run in story.program_runs(stage.data)
    ]
    story.confirm_legal_name(stage.cast, stage.data)
    attempt = story.sit_exam(stage.cast, stage.data)
    return {
        "courses_passed": sum(1 for grade in grades if grade.data["passed"]),
        "grades": {grade.data["id"]: grade.data["percent"] for grade in grades},
        "exam_outcome": attempt.outcome,
        "exam_score": attempt.score,
        "released_at": attempt.sitting.release_at,
    }


def receive_credential(stage: Stage) -> dict[str, Any]:
    """The award prepared on the release of the result, approved by another, with all that a verifier needs."""
    now = story.moment(stage.data, "release")
    story.approve_waiting(stage.cast, now)
    outbox.drain(now=now)
    (held,) = credentials_of(stage.cast["learner"], stage.learner_id, IssueKind.PROGRAM)
    file = stage.out / "credential.json"
    file.write_text(json.dumps(held.document, indent=1, ensure_ascii=False))
    (stage.out / "registry.json").write_text(json.dumps(issuer_registry(), indent=1))
    (stage.out / "status.json").write_text(json.dumps(status_lists(now)))
    (stage.out / "certificate.pdf").write_bytes(certificate(held.id))
    verdict = judge(dict(held.document), datetime.fromisoformat(held.document["validFrom"]))
    return {"credential_id": held.document["id"], "file": str(file), "verdict": verdict.verdict}


def see_pathways(stage: Stage) -> dict[str, Any]:
    """The audits of three sample holders, one of each credential."""
    story.hand_in_evidence(stage.cast, stage.data)
    holders = {"SCM": stage.learner_id, **story.add_holders(stage.cast, stage.data)}
    rows, audits = [], []
    for program, holder in holders.items():
        for answer in pathways_for(learner_record(SYSTEM, holder), stage.on):
            rows.append(_pathway_row(program, holder, answer))
            audits.append(answer.audit.as_json())
    (stage.out / "audit.json").write_text(json.dumps(audits, indent=1, ensure_ascii=False))
    return {"on": stage.on, "pathways": rows}


def _pathway_row(program: str, holder: UUID, answer: PathwayAnswer) -> dict[str, Any]:
    return {
        "holder": str(holder),
        "credential": program,
        "agreement": answer.agreement.id,
        "institution": answer.agreement.receiving,
        "program": answer.agreement.terms.receiving.program,
        "version": answer.agreement.version,
        "status": answer.audit.status,
        "outcome": answer.audit.outcome,
        "recognised_courses": len(answer.audit.recognised),
        "missing": [{"clause": item.clause, "text": item.text} for item in answer.audit.missing],
    }


def join_the_school(stage: Stage) -> dict[str, Any]:
    """First the round without a seat; then the admission course, the application, the decision, the joining."""
    stage.kept["mit"] = story.play_mit_round(stage.cast, stage.data)
    bridge = story.take_bridge_course(stage.cast, stage.data)
    decided, joined = story.join_hes(stage.cast, stage.data)
    return {
        "bridge_course": bridge.data["id"],
        "bridge_grade": bridge.data["grade"]["value"],
        "decision": decided.state,
        "decided_by": decided.decided_by,
        "joined": joined.state == State.JOINED,
    }


def recognise(stage: Stage) -> dict[str, Any]:
    """Four courses waived, the degree plan, and the tuition forgone."""
    (plan,) = degree_plans(stage.cast["learner"], stage.learner_id)
    (stage.out / "degree-plan.json").write_text(json.dumps(jsonable(plan), indent=1, ensure_ascii=False))
    return {
        "degree": plan.title,
        "courses_waived": plan.waived,
        "courses_left": plan.left,
        "tuition_waived": tuition_forgone(stage.cast["learner"], stage.learner_id),
        "ledger_balanced": ledger_balanced(),
    }


def count_the_others(stage: Stage) -> dict[str, Any]:
    """The funnel that is the reason for all of it."""
    mine = application(stage.cast["learner"], stage.kept["mit"].id)
    decided = story.moment(stage.data, "decide_mit")
    found = exact_funnel(SYSTEM, stage.data["exam"]["program"], mine.round.id, decided)
    return {
        **found.steps(),
        "learner_in_without_seat": mine.state == State.NO_SEAT,
        "learner_reasons": list(mine.reasons),
        "offered_elsewhere": found.offered_elsewhere,
        "elsewhere": found.elsewhere,
        "tuition_forgone": account_total(Account.TUITION_FORGONE, "USD"),
    }


STEPS = (
    ("Enrol on the verified track", enrol_and_pay),
    ("Pass the courses and the proctored exam", study_and_sit),
    ("Receive the credential", receive_credential),
    ("See where it can take you", see_pathways),
    ("Take the admission course and join", join_the_school),
    ("Have credit recognised", recognise),
    ("The others without a seat", count_the_others),
)
