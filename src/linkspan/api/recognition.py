"""Degree plans, planning by term, credit awards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from linkspan.accounts.actions import read_person
from linkspan.api.answers import Router
from linkspan.api.documents import Credential
from linkspan.api.once import NothingIn, Posted, idempotent, once, private_file
from linkspan.catalog.rules import CalendarTerm
from linkspan.credentials.actions import signed_degree_record
from linkspan.kernel.request import Request
from linkspan.recognition import actions, queries
from linkspan.recognition.engines.planner import propose
from linkspan.recognition.queries import Case, CaseFile, CreditChange, CreditFile
from linkspan.recognition.rules import WORDS, CatalogueDegree, CreditAward, DegreePlan, Limit, Placed, parse_term

router = Router()


@dataclass(frozen=True, slots=True)
class EnteredDegree:
    """The degree that is entered."""

    institution: str
    program: str
    from_year: int


@dataclass(frozen=True, slots=True)
class TermTold:
    """The term for which a course is proposed."""

    term: str
    on_campus: bool


@dataclass(frozen=True, slots=True)
class LimitTold:
    """A limit that alone delays the finish, and the finish without it."""

    limit: Limit
    because_of: str
    possible_without: str


@dataclass(frozen=True, slots=True)
class ProposalTold:
    """The earliest finish, what keeps it from being earlier, and the days that the school's calendar gives terms."""

    feasible: bool
    finish: str | None
    placed: Mapping[str, TermTold]
    why_not_earlier: tuple[LimitTold, ...]
    several_together: bool
    calendar: Mapping[str, CalendarTerm]


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """How many courses have a term now."""

    kept: int


class PlacedIn(Posted):
    """The term of one open course, such as `2019 fall`."""

    term: str
    on_campus: bool = False


class PlanIn(Posted):
    """The terms of the open courses, by their keys in the degree plan."""

    placed: dict[str, PlacedIn]
    most_courses: int | None = None


class DegreeIn(Posted):
    """A degree from a catalogue year on: `degree` holds slots, credits, load, offered, on_campus_min (docs/formats)."""

    institution: str
    program: str
    from_year: int
    degree: dict[str, Any]
    reason: str


@router.get("/degrees/{institution}", auth=None, operation_id="degrees")
def degrees(request: Request, institution: str) -> tuple[CatalogueDegree, ...]:
    """The degrees that a school's registrar entered, by program and catalogue year."""
    return queries.degrees_of(institution)


@router.post("/degrees", operation_id="enter_degree")
@idempotent
def enter_degree(request: Request, body: DegreeIn) -> EnteredDegree:
    """Enter a degree of one's own school from a catalogue year on; what learners hold already stays as it is."""
    actions.enter_degree(
        actor=request.actor,
        institution=body.institution,
        program=body.program,
        from_year=body.from_year,
        data=body.degree,
        reason=body.reason,
        now=request.now,
    )
    return EnteredDegree(body.institution, body.program, body.from_year)


@router.get("/awards/mine", operation_id="my_credit_awards")
def my_awards(request: Request) -> tuple[CreditAward, ...]:
    """The caller's credit awards, oldest first."""
    return queries.awards_of(request.actor, request.actor.own_id)


@router.get("/plans/mine", operation_id="my_degree_plans")
def my_plans(request: Request) -> tuple[DegreePlan, ...]:
    """The caller's degree plans: every course with its state and the term for which it is planned."""
    return queries.degree_plans(request.actor, request.actor.own_id)


@router.get("/plans/{uuid:application_id}/proposal", operation_id="propose_plan")
def proposal(request: Request, application_id: UUID, first: str = "", most_courses: int | None = None) -> ProposalTold:
    """The earliest finish, its terms, and for each limit that alone delays it the finish without it."""
    begins = parse_term(first) if first else None
    asked = queries.plan_task(request.actor, application_id, request.now, first=begins, most_courses=most_courses)
    found = propose(asked.task)
    placed = {key: TermTold(str(one.term), one.on_campus) for key, one in (found.plan or {}).items()}
    limits = tuple(LimitTold(limit, WORDS[limit], str(term)) for limit, term in found.binding.items())
    finish = str(found.finish) if found.finish else None
    calendar = {str(term): stated for term, stated in asked.calendar.items()}
    return ProposalTold(found.plan is not None, finish, placed, limits, found.together, calendar)


@router.post("/plans/{uuid:application_id}", operation_id="keep_plan")
@idempotent
def keep_plan(request: Request, application_id: UUID, body: PlanIn) -> KeptPlan:
    """Keep a plan; refused, with every limit that it breaks."""
    placed = {key: Placed(parse_term(one.term), one.on_campus) for key, one in body.placed.items()}
    actions.keep_plan(
        actor=request.actor,
        application_id=application_id,
        placed=placed,
        most_courses=body.most_courses,
        now=request.now,
    )
    return KeptPlan(len(placed))


@router.post("/degrees/{uuid:application_id}/transcript", operation_id="issue_degree_transcript")
def issue_degree_transcript(request: Request, application_id: UUID, body: NothingIn) -> Credential:
    """The degree record as a CLR 2.0 transcript, signed by the receiving school."""

    def work() -> str:
        return str(actions.claim_transcript(actor=request.actor, application_id=application_id, now=request.now))

    claim = UUID(once(request, body, work))
    return signed_degree_record(claim, now=request.now).document


class ByHandIn(Posted):
    """Both reasons: `why` is for the record, `told` is what the learner reads."""

    why: str
    told: str


class PostCreditIn(ByHandIn):
    """A fact of the record (its school and course, such as `MITx/SC0x`), the slot, credits in the degree's unit."""

    fact: str
    slot: str
    credits: str


class AdjustCreditIn(ByHandIn):
    """The slot that it fills from now on, and its credits in the degree's unit."""

    slot: str
    credits: str


class SubstituteIn(ByHandIn):
    """A course that was taken at the school, and the slot that it fills."""

    course: str
    slot: str


class DecisionIn(Posted):
    """Whether the exception is approved, and why."""

    accept: bool
    reason: str


class AnswerIn(Posted):
    """What the registrar should know."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """How often the learner has answered."""

    answers: int


@router.get("/cases/mine", operation_id="my_cases")
def my_cases(request: Request) -> tuple[Case, ...]:
    """The caller's open cases: who decides, by when, and whether that is late."""
    return tuple(queries.cases_of(request.actor, request.actor.own_id).values())


@router.get("/cases/{uuid:case_id}", operation_id="case_file")
def case_file(request: Request, case_id: UUID) -> CaseFile:
    """The awards of a case beside their originals, the tuition, and what the learner answered, for its registrar."""
    return queries.case_file(request.actor, case_id)


@router.post("/cases/{uuid:case_id}/answer", operation_id="answer_case")
@idempotent
def answer_case(request: Request, case_id: UUID, body: AnswerIn) -> Answered:
    """Say something about one's own open case; its registrars read it."""
    actions.answer_case(actor=request.actor, case_id=case_id, text=body.text, now=request.now)
    return Answered(len(queries.my_answers(request.actor).get(case_id, ())))


@router.get("/credit/{uuid:application_id}", operation_id="credit_file")
def credit_file(request: Request, application_id: UUID) -> CreditFile:
    """The credit of one degree for its registrar: awards beside their originals, changes, and what can be chosen."""
    found = queries.credit_file(request.actor, application_id)
    read_person(actor=request.actor, person_id=found.learner_id, now=request.now)
    return found


@router.get("/credit/changes/{uuid:change_id}", operation_id="credit_change")
def credit_change(request: Request, change_id: UUID) -> CreditChange:
    """One change of credit: who, why, when, by which audit, and what a second person said."""
    return queries.credit_change(request.actor, change_id)


@router.post("/credit/{uuid:application_id}/post", operation_id="post_credit")
@idempotent
def post_credit(request: Request, application_id: UUID, body: PostCreditIn) -> CreditChange:
    """Post credit by hand; `waiting` is an exception, in effect when a second person approves it."""
    return actions.post_credit(actor=request.actor, application_id=application_id, now=request.now, **body.model_dump())


@router.post("/credit/awards/{uuid:award_id}/adjust", operation_id="adjust_credit")
@idempotent
def adjust_credit(request: Request, award_id: UUID, body: AdjustCreditIn) -> CreditChange:
    """Adjust the credits or the slot of an award: it is reversed, and one in its place is posted."""
    return actions.adjust_credit(actor=request.actor, award_id=award_id, now=request.now, **body.model_dump())


@router.post("/credit/{uuid:application_id}/substitute", operation_id="substitute_course")
@idempotent
def substitute_course(request: Request, application_id: UUID, body: SubstituteIn) -> CreditChange:
    """Let a course of the school fill a requirement that asks for another."""
    return actions.substitute_course(
        actor=request.actor, application_id=application_id, now=request.now, **body.model_dump()
    )


@router.post("/credit/awards/{uuid:award_id}/reverse", operation_id="reverse_credit")
@idempotent
def reverse_credit(request: Request, award_id: UUID, body: ByHandIn) -> CreditChange:
    """Reverse one award; it stays on record."""
    return actions.reverse_credit(actor=request.actor, award_id=award_id, now=request.now, **body.model_dump())


class WithdrawIn(Posted):
    """Why the exception is no longer asked for."""

    reason: str


@router.post("/credit/changes/{uuid:change_id}/withdraw", operation_id="withdraw_exception")
@idempotent
def withdraw_exception(request: Request, change_id: UUID, body: WithdrawIn) -> CreditChange:
    """Withdraw one's own exception before a second person has decided."""
    return actions.withdraw_exception(actor=request.actor, change_id=change_id, reason=body.reason, now=request.now)


@router.post("/credit/changes/{uuid:change_id}/take-back", operation_id="take_back_exception")
@idempotent
def take_back_exception(request: Request, change_id: UUID, body: ByHandIn) -> CreditChange:
    """Reverse the credit of an exception that two people gave; both are told, and the learner."""
    return actions.take_back_exception(
        actor=request.actor, change_id=change_id, why=body.why, told=body.told, now=request.now
    )


@router.post("/credit/changes/{uuid:change_id}/decision", operation_id="decide_exception")
@idempotent
def decide_exception(request: Request, change_id: UUID, body: DecisionIn) -> CreditChange:
    """Approve or refuse an exception, by somebody else than who prepared it."""
    return actions.decide_exception(
        actor=request.actor, change_id=change_id, accept=body.accept, reason=body.reason, now=request.now
    )


class CaseIn(Posted):
    """Why a case is exported."""

    reason: str


@router.post("/cases/of/{uuid:application_id}/export", response={200: bytes}, operation_id="export_case")
def export_case(request: Request, application_id: UUID, body: CaseIn) -> HttpResponse:
    """The case of an application with its evidence as a ZIP, for auditors; each export is logged, with its reason."""
    case = actions.export_case(actor=request.actor, application_id=application_id, reason=body.reason, now=request.now)
    return private_file(case.content, "application/zip")
