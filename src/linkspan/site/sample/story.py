"""The acts of the story, through the same actions that pages use. Each takes the people and the world's data."""

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from linkspan.accounts.actions import check_identity, open_account, submit_identity
from linkspan.accounts.queries import accounts_at
from linkspan.admissions import actions as admissions
from linkspan.admissions.queries import rounds
from linkspan.admissions.rules import Application, Mode, Round
from linkspan.courseware.actions import import_course, submit_problem
from linkspan.courseware.engines.exports import ExportFile
from linkspan.courseware.queries import course_of
from linkspan.credentials.actions import approve_awards, award_program, set_four_eyes
from linkspan.credentials.queries import waiting_awards
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track
from linkspan.exams import actions as exams
from linkspan.exams.engines.olx_bank import read_bank
from linkspan.exams.queries import questions, sittings
from linkspan.exams.rules import Attempt, Draw, Terms
from linkspan.finance.actions import pay
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.records import actions as records
from linkspan.records.rules import Kind, NewFact
from linkspan.site.sample.completers import committee_scores, write_export
from linkspan.site.sample.joint import open_joint_round
from linkspan.site.sample.load import HERE, OPENING, SETUP, Cast


def moment(data: Mapping[str, Any], name: str) -> datetime:
    """A date of the story."""
    return datetime.fromisoformat(data["dates"][name])


def load_courses(data: Mapping[str, Any]) -> None:
    """Import the sample courses, the exam and its sitting, and open the rounds."""
    for row in data["runs"]:
        import_course(actor=SETUP, path=HERE / "courses" / row["sample"], now=OPENING, as_run=row["id"])
    exam = data["exam"]
    form, bank = read_bank(HERE / "courses" / exam["code"])
    program = next(p for p in data["programs"] if f"{p['institution']}/{p['code']}" == exam["program"])
    courses = [node["course"] for node in program["requirements"]["all"] if "course" in node]
    terms = Terms(
        form["title"],
        form["duration_minutes"],
        Decimal(form["pass_percent"]),
        exam["attempts"],
        tuple(courses),
        tuple(Draw(row["group"], row["count"]) for row in form["draw"]),
    )
    exams.draft_exam(actor=SETUP, code=exam["code"], program_key=exam["program"], terms=terms, bank=bank, now=OPENING)
    exams.publish_version(actor=SETUP, code=exam["code"], number=1, now=OPENING)
    for sitting in (exam["sitting"], data["open_sitting"]):
        exams.add_sitting(
            actor=SETUP,
            code=exam["code"],
            opens_at=datetime.fromisoformat(sitting["opens_at"]),
            closes_at=datetime.fromisoformat(sitting["closes_at"]),
            release_at=datetime.fromisoformat(sitting["release_at"]),
            now=OPENING,
        )
    for row in [*data["rounds"], data["open_round"]]:
        admissions.open_round(
            actor=SETUP,
            agreement_id=row["agreement"],
            term=row["term"],
            mode=Mode(row["mode"]),
            seats=row["seats"],
            opens_at=datetime.fromisoformat(row["opens_at"]),
            closes_at=datetime.fromisoformat(row["closes_at"]),
            seed=row["seed"],
            now=OPENING,
        )
    open_joint_round(data)


def take_course(learner: Actor, run: Mapping[str, Any], now: datetime, mistakes: int = 0) -> None:
    """Enrol on the verified track, pay, and answer every problem; the first `mistakes` of them wrongly."""
    enrolment = enrol(actor=learner, learner_id=_id(learner), run_id=run["id"], track=Track.VERIFIED, now=now)
    if enrolment.charge_id is not None:
        pay(actor=SETUP, charge_id=enrolment.charge_id, reference=f"invoice {run['sample']}", now=now)
    outbox.drain(now=now)
    answers = json.loads((HERE / "courses" / run["sample"] / "answers.json").read_text())
    problems = [block for block in course_of(run["id"]).root.walk() if block.type == "problem"]
    for number, block in enumerate(problems):
        given = {"2_1": "0"} if number < mistakes else answers[block.name]
        submit_problem(actor=learner, run_id=run["id"], usage=block.id, answers=given, now=now)


def program_runs(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The runs of the program's own courses."""
    return [row for row in data["runs"] if row["course"].startswith("MITx/")]


def bridge_run(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run of the admission course."""
    return next(row for row in data["runs"] if row["course"].startswith("HES/"))


def confirm_legal_name(cast: Cast, data: Mapping[str, Any]) -> None:
    """The learner hands in evidence of the legal name, and program staff confirm it."""
    now, learner = moment(data, "identity"), cast["learner"]
    name = data["learner"]["legal_name"]
    check = submit_identity(
        actor=learner,
        learner_id=_id(learner),
        legal_name=name,
        document=b"%PDF-1.7 sample passport of " + name.encode(),
        now=now,
    )
    check_identity(actor=cast["staff"], check_id=check, accept=True, reason="", now=now)
    outbox.drain(now=now)


def sit_exam(cast: Cast, data: Mapping[str, Any]) -> Attempt:
    """Register, check in, answer the drawn form, hand in, be reviewed, and wait for the release date."""
    learner, proctor, code = cast["learner"], cast["proctor"], data["exam"]["code"]
    now = moment(data, "exam")
    pay(
        actor=SETUP,
        charge_id=exams.register_for_exam(actor=learner, code=code, now=now),
        reference="invoice exam",
        now=now,
    )
    attempt = exams.create_attempt(actor=learner, sitting_id=sittings(code)[0].id, now=now)
    exams.confirm_identity(actor=cast["door-proctor"], attempt_id=attempt.id, now=now)
    exams.start_attempt(actor=learner, attempt_id=attempt.id, now=now)
    _, bank = read_bank(HERE / "courses" / code)
    right = {item.id: list(item.answers) for item in bank}
    form = questions(learner, attempt.id, now=now)
    for number, question in enumerate(form):
        given = [] if number == 0 else right[question.id]
        exams.save_response(actor=learner, attempt_id=attempt.id, item=question.id, given=given, replaces=None, now=now)
    exams.submit_attempt(actor=learner, attempt_id=attempt.id, now=now)
    reviewed = moment(data, "review")
    exams.review_attempt(actor=proctor, attempt_id=attempt.id, accept=True, reason="", now=reviewed)
    released = exams.release_result(attempt_id=attempt.id, now=moment(data, "release"))
    outbox.drain(now=moment(data, "release"))
    return released


def ask_for_four_eyes(cast: Cast) -> None:
    """The registrar has program awards take the approval of a second person."""
    set_four_eyes(actor=cast["mitx-registrar"], institution="MITx", four_eyes=True, now=OPENING)


def approve_waiting(cast: Cast, now: datetime) -> None:
    """The registrar approves every award that was prepared."""
    registrar = cast["mitx-registrar"]
    approve_awards(actor=registrar, award_ids=[award.id for award in waiting_awards(registrar)], now=now)


def add_holders(cast: Cast, data: Mapping[str, Any]) -> dict[str, UUID]:
    """The sample holders of the other two credentials, by program."""
    now, found = moment(data, "holders"), {}
    for row in data["holders"]:
        person = open_account(actor=SETUP, email=row["email"], name=row["name"], now=now)
        for code in row["courses"]:
            fact = records.grade_fact(
                institution="MITx",
                course=code,
                scale="percent",
                value="80",
                completed="2018-05-15",
                started=None,
                run=code,
            )
            records.record_fact(
                actor=SETUP, learner_id=person, institution="MITx", fact=fact, source="course run", now=now
            )
        if "exam" in row:
            grade = {"scale": "percent", "value": "75"}
            exam = {"id": row["exam"], "grade": grade, "proctored": True, "taken": "2018-06-02"}
            records.record_fact(
                actor=SETUP,
                learner_id=person,
                institution="MITx",
                fact=NewFact(Kind.EXAM_RESULT, row["exam"], exam),
                source="exam",
                now=now,
            )
        degree = NewFact(Kind.DEGREE, "bachelor", {"level": "bachelor", "institution": "Example University"})
        _checked(Actor(person_id=person, name=row["name"]), degree, {"accredited": True}, now, cast["mitx-registrar"])
        award_program(actor=SETUP, learner_id=person, program_key=f"MITx/{row['program']}", now=now)
        found[row["program"]] = person
    approve_waiting(cast, now)
    outbox.drain(now=now)
    return found


def _checked(learner: Actor, fact: NewFact, findings: Mapping[str, Any], now: datetime, by: Actor) -> None:
    document = f"%PDF-1.7 sample document: {fact.kind} {fact.key}".encode()
    declared = records.declare_fact(actor=learner, learner_id=_id(learner), fact=fact, document=document, now=now)
    records.check_evidence(actor=by, fact_id=declared, accept=True, findings=findings, reason="", now=now)


def hand_in_evidence(cast: Cast, data: Mapping[str, Any]) -> None:
    """The learner's degree and language test, each checked by staff."""
    now, told = moment(data, "evidence"), data["learner"]
    degree = NewFact(Kind.DEGREE, "bachelor", told["degree"])
    _checked(cast["learner"], degree, {"accredited": True}, now, cast["mitx-registrar"])
    _checked(cast["learner"], NewFact(Kind.TEST, told["test"]["name"], told["test"]), {}, now, cast["mitx-registrar"])
    outbox.drain(now=now)


def round_of(data: Mapping[str, Any], institution: str) -> Round:
    """The first round of an institution, in the order of the world's data."""
    order = [row["agreement"] for row in data["rounds"]]
    terms = {row["term"] for row in data["rounds"]}
    found = [r for r in rounds(institution) if r.agreement_id in order and r.term in terms]
    return min(found, key=lambda r: order.index(r.agreement_id))


def play_mit_round(cast: Cast, data: Mapping[str, Any]) -> Application:
    """The other completers come in by the connector, everybody applies, the committee's scores decide the seats."""
    round_ = round_of(data, "MIT")
    mine = admissions.submit_application(
        actor=cast["learner"], round_id=round_.id, statement="Sample research proposal.", now=moment(data, "apply_mit")
    )
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "completers.jsonl"
        write_export(export, data["completers"])
        records.import_from_platform(
            actor=cast["staff"], institution="MITx", platform=ExportFile(export), now=moment(data, "import")
        )
        people = accounts_at(
            row.learner.person.email for row in ExportFile(export).rows() if row.learner and row.learner.person.email
        )
    meeting_all = sorted(people)[: data["completers"]["meeting_all"]]
    scores = committee_scores(meeting_all, data["completers"])
    taken = admissions.take_in_applications(
        actor=cast["mit-admissions"],
        round_id=round_.id,
        scores={people[email]: score for email, score in scores.items()},
        source="application portal",
        now=moment(data, "take_in"),
    )
    assert not taken.failed
    admissions.record_score(
        actor=cast["mit-admissions"],
        application_id=mine.id,
        score=data["learner"]["committee_score"],
        now=moment(data, "take_in"),
    )
    decided = moment(data, "decide_mit")
    admissions.certify_list(actor=cast["mit-admissions"], round_id=round_.id, now=decided)
    admissions.decide_round(actor=cast["mit-admissions"], round_id=round_.id, now=decided)
    outbox.drain(now=decided)
    return mine


def take_bridge_course(cast: Cast, data: Mapping[str, Any]) -> NewFact:
    """The admission course at the receiving school; the registrar puts its grade on record at the end of term."""
    run, learner = bridge_run(data), cast["learner"]
    take_course(learner, run, moment(data, "bridge_enrol"), mistakes=1)
    return records.freeze_course_grade(
        actor=cast["registrar"], learner_id=_id(learner), run_id=run["id"], now=moment(data, "bridge_freeze")
    )


def join_hes(cast: Cast, data: Mapping[str, Any]) -> tuple[Application, Application]:
    """Apply, be decided by a person, accept, and join formally; returns the decision and the end."""
    learner, staff = cast["learner"], cast["hes-admissions"]
    applied = admissions.submit_application(
        actor=learner, round_id=round_of(data, "HES").id, statement="", now=moment(data, "apply_hes")
    )
    decided = admissions.decide_application(
        actor=staff, application_id=applied.id, admit=True, reason="", now=moment(data, "decide_hes")
    )
    admissions.answer_offer(actor=learner, application_id=applied.id, accept=True, now=moment(data, "accept"))
    joined = admissions.confirm_joining(actor=staff, application_id=applied.id, now=moment(data, "join"))
    outbox.drain(now=moment(data, "join"))
    return decided, joined


def _id(actor: Actor) -> UUID:
    assert actor.person_id is not None
    return actor.person_id
