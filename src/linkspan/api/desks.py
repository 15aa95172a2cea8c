"""What staff decide: identities, evidence, grades of record, scores, applications, rounds, credentials, cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from linkspan.accounts import actions as accounts
from linkspan.accounts.rules import Person
from linkspan.admissions import actions as admissions
from linkspan.admissions.rules import State
from linkspan.api.answers import Done, Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.credentials import actions as credentials
from linkspan.credentials.rules import CredentialState
from linkspan.kernel.each import Failed
from linkspan.kernel.request import Request
from linkspan.recognition import actions as recognition
from linkspan.records import actions as records
from linkspan.records.queries import gradebook as grades_of
from linkspan.records.rules import GradebookRow

router = Router()


@dataclass(frozen=True, slots=True)
class Gradebook:
    """A page of a gradebook."""

    total: int
    rows: tuple[GradebookRow, ...]


@dataclass(frozen=True, slots=True)
class FrozenGrades:
    """How many grades are on record now, and whose are not, with the reason."""

    on_record: int
    failed: tuple[Failed[UUID], ...]


@dataclass(frozen=True, slots=True)
class NewState:
    """Where an application stands now."""

    state: State


@dataclass(frozen=True, slots=True)
class Decided:
    """Where an application stands now, and why."""

    state: State
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """What became of the request not to pay the fee."""

    waiver: str


@dataclass(frozen=True, slots=True)
class Upheld:
    """Whether an appeal is upheld."""

    upheld: bool | None


@dataclass(frozen=True, slots=True)
class Certified:
    """Who certified the list."""

    certified_by: str


@dataclass(frozen=True, slots=True)
class FileOpened:
    """Who applied, None if the caller's work is not with them; `record` is null where it is closed to the office."""

    person: Person | None
    record: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Which credentials were changed, or would be, and which could not be, with the reason."""

    done: tuple[UUID, ...]
    failed: tuple[Failed[UUID], ...]


@dataclass(frozen=True, slots=True)
class Reissued:
    """The credential that replaces the old one; null while it waits for a second person."""

    credential: UUID | None


class ChangesIn(Posted):
    """What becomes of which credentials: `to` is suspended, active or revoked."""

    credentials: list[UUID]
    to: CredentialState
    reason: str = ""
    trial: bool = False


class VerdictIn(Posted):
    """Yes or no, with a reason where a no or a deviation needs one."""

    accept: bool
    reason: str = ""


class EvidenceIn(VerdictIn):
    """A verdict about evidence, with what the checker establishes."""

    findings: dict[str, Any] = {}


class ScoreIn(Posted):
    """A committee's score, 0 to 1000 with at most three decimals."""

    score: Decimal


class FreezeIn(Posted):
    """Why grades go on record before the end of the run; empty after it."""

    reason: str = ""


class ReasonIn(Posted):
    """A reason."""

    reason: str


@router.post("/identities/{uuid:check_id}", operation_id="check_identity")
@idempotent
def check_identity(request: Request, check_id: UUID, body: VerdictIn) -> Done:
    """Accept or refuse evidence of a legal name."""
    accounts.check_identity(
        actor=request.actor, check_id=check_id, accept=body.accept, reason=body.reason, now=request.now
    )
    return Done()


@router.post("/evidence/{uuid:fact_id}", operation_id="check_evidence")
@idempotent
def check_evidence(request: Request, fact_id: UUID, body: EvidenceIn) -> Done:
    """Accept or refuse evidence of a declared fact."""
    records.check_evidence(
        actor=request.actor,
        fact_id=fact_id,
        accept=body.accept,
        findings=body.findings,
        reason=body.reason,
        now=request.now,
    )
    return Done()


@router.get("/runs/{run_id}/gradebook", operation_id="gradebook")
def gradebook(request: Request, run_id: str, page: int = 1) -> Gradebook:
    """The verified learners of a run with their grades now and on record, 50 a page."""
    found = grades_of(request.actor, run_id, request.now, number=page)
    return Gradebook(found.total, found.rows)


@router.post("/runs/{run_id}/grades", operation_id="freeze_run")
@idempotent
def freeze_run(request: Request, run_id: str, body: FreezeIn) -> FrozenGrades:
    """Put the grades of a run's verified learners on record; before the end of the run that takes a reason."""
    frozen = records.freeze_run(actor=request.actor, run_id=run_id, now=request.now, reason=body.reason)
    return FrozenGrades(len(frozen.done), frozen.failed)


@router.post("/applications/{uuid:application_id}/score", operation_id="record_score")
@idempotent
def record_score(request: Request, application_id: UUID, body: ScoreIn) -> Done:
    """Enter the committee's score of an application."""
    admissions.record_score(actor=request.actor, application_id=application_id, score=body.score, now=request.now)
    return Done()


@router.post("/applications/{uuid:application_id}/decision", operation_id="decide_application")
@idempotent
def decide_application(request: Request, application_id: UUID, body: VerdictIn) -> Decided:
    """Decide an application of a rolling round; deciding otherwise than proposed needs a reason."""
    decided = admissions.decide_application(
        actor=request.actor,
        application_id=application_id,
        admit=body.accept,
        reason=body.reason,
        now=request.now,
    )
    return Decided(decided.state, decided.reasons)


@router.post("/applications/{uuid:application_id}/readings", operation_id="open_application_file")
@idempotent
def open_application_file(request: Request, application_id: UUID, body: NothingIn) -> FileOpened:
    """Who applied, and the record that the office may read; both readings are logged for the applicant."""
    found = admissions.open_file(actor=request.actor, application_id=application_id, now=request.now)
    return FileOpened(found.person, found.record)


@router.post("/applications/{uuid:application_id}/joining", operation_id="confirm_joining")
@idempotent
def confirm_joining(request: Request, application_id: UUID, body: NothingIn) -> NewState:
    """Confirm that a learner who accepted has joined; credit follows."""
    joined = admissions.confirm_joining(actor=request.actor, application_id=application_id, now=request.now)
    return NewState(joined.state)


@router.post("/rounds/{uuid:round_id}/decision", operation_id="decide_round")
@idempotent
def decide_round(request: Request, round_id: UUID, body: NothingIn) -> Mapping[State, int]:
    """Match a ranked round after its window and decide every application by it."""
    return admissions.decide_round(actor=request.actor, round_id=round_id, now=request.now)


@router.post("/applications/{uuid:application_id}/provisional", operation_id="admit_provisionally")
@idempotent
def admit_provisionally(request: Request, application_id: UUID, body: NothingIn) -> Decided:
    """Admit somebody to the admission course only."""
    found = admissions.admit_provisionally(actor=request.actor, application_id=application_id, now=request.now)
    return Decided(found.state, found.reasons)


@router.post("/applications/{uuid:application_id}/waiver", operation_id="decide_waiver")
@idempotent
def decide_waiver(request: Request, application_id: UUID, body: VerdictIn) -> Waiver:
    """Waive an application fee, or say why not."""
    found = admissions.decide_waiver(
        actor=request.actor,
        application_id=application_id,
        grant=body.accept,
        reason=body.reason,
        now=request.now,
    )
    return Waiver(found.waiver)


@router.post("/appeals/{uuid:appeal_id}", operation_id="decide_admission_appeal")
@idempotent
def decide_admission_appeal(request: Request, appeal_id: UUID, body: VerdictIn) -> Upheld:
    """Answer an appeal against an admission decision, by somebody else than who decided."""
    found = admissions.decide_appeal(
        actor=request.actor, appeal_id=appeal_id, uphold=body.accept, reason=body.reason, now=request.now
    )
    return Upheld(found.upheld)


@router.post("/rounds/{uuid:round_id}/rerun", operation_id="rerun_round")
@idempotent
def rerun_round(request: Request, round_id: UUID, body: NothingIn) -> Mapping[State, int]:
    """Match a decided round again for the seats that were given back."""
    return admissions.rerun_round(actor=request.actor, round_id=round_id, now=request.now)


@router.post("/rounds/{uuid:round_id}/certification", operation_id="certify_list")
@idempotent
def certify_list(request: Request, round_id: UUID, body: NothingIn) -> Certified:
    """Certify the list of one's program, so that the matching makes offers by it."""
    certified = admissions.certify_list(actor=request.actor, round_id=round_id, now=request.now)
    return Certified(certified.certified_by)


@router.post("/credentials/{uuid:credential_id}/revocation", operation_id="revoke_credential")
@idempotent
def revoke_credential(request: Request, credential_id: UUID, body: ReasonIn) -> Done:
    """Revoke a credential; schools that relied on it get a case."""
    credentials.revoke_credential(actor=request.actor, credential_id=credential_id, reason=body.reason, now=request.now)
    return Done()


@router.post("/credentials/{uuid:credential_id}/reissue", operation_id="reissue_credential")
@idempotent
def reissue_credential(request: Request, credential_id: UUID, body: ReasonIn) -> Reissued:
    """Issue a credential again on today's record; where two people decide, it waits for the second."""
    made = credentials.reissue_credential(
        actor=request.actor, credential_id=credential_id, reason=body.reason, now=request.now
    )
    return Reissued(made.id if made else None)


@router.post("/credentials/changes", operation_id="change_credentials")
@idempotent
def change_credentials(request: Request, body: ChangesIn) -> Changed:
    """Suspend, reinstate or revoke up to 500 credentials, each by itself; with `trial` say only what would happen."""
    found = credentials.change_credentials(
        actor=request.actor,
        credential_ids=body.credentials,
        to=body.to,
        reason=body.reason,
        now=request.now,
        trial=body.trial,
    )
    return Changed(found.done, found.failed)


@router.post("/credentials/{uuid:credential_id}/lift", operation_id="lift_revocation")
@idempotent
def lift_revocation(request: Request, credential_id: UUID, body: ReasonIn) -> Done:
    """Let a revoked credential be awarded again; the revoked one stays revoked."""
    credentials.lift_revocation(actor=request.actor, credential_id=credential_id, reason=body.reason, now=request.now)
    return Done()


@router.post("/awards/{uuid:award_id}/again", operation_id="prepare_award_again")
@idempotent
def prepare_award_again(request: Request, award_id: UUID, body: ReasonIn) -> Done:
    """Prepare a refused award again, for another person to approve."""
    credentials.prepare_again(actor=request.actor, award_id=award_id, reason=body.reason, now=request.now)
    return Done()


@router.post("/cases/{uuid:case_id}", operation_id="close_case")
@idempotent
def close_case(request: Request, case_id: UUID, body: VerdictIn) -> Done:
    """Let credit stand (accept) or reverse it."""
    recognition.close_case(
        actor=request.actor, case_id=case_id, reverse=not body.accept, reason=body.reason, now=request.now
    )
    return Done()
