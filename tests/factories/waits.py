"""A learner for whom every kind of wait is open at once, and the offices of the school where they are."""

from datetime import timedelta
from itertools import count

from allauth.account.models import EmailAddress
from tests.factories.people import NOW
from tests.factories.rows import put

from linkspan.accounts.models import DeletionRow, IdentityCheck, MergeRow, RoleGrant
from linkspan.admissions.models import (
    AppealRow,
    ApplicationRow,
    DraftRow,
    IntakeRow,
    LetterRow,
    ReviewRow,
    RoundRow,
    SentRecordRow,
)
from linkspan.admissions.rules.applications import State
from linkspan.catalog.models import ChangeRow, CourseRow, CourseRunRow
from linkspan.credentials.models import AwardRow, CredentialRow, StatusEntryRow, StatusListRow, WalletOfferRow
from linkspan.enrolment.models import EnrolmentRow
from linkspan.exams import models as exams
from linkspan.finance.models import ChargeRow, NeedRequestRow, RefundAskRow, RefundRow
from linkspan.institutions.models import RegistrationRow
from linkspan.kernel.actor import Actor
from linkspan.pathways.models import AgreementDraftRow, AgreementMoveRow, AgreementVersionRow, HoldRow
from linkspan.recognition.models import CaseRow, ConferralListRow, ConferralRow, CreditChangeRow
from linkspan.records.models import FactCheckRow, FactRow

#: Where all of it waits, and when it began.
SCHOOL, SINCE = "MITx", NOW - timedelta(days=1)
SOON = NOW + timedelta(days=30)
AT = {"institution": SCHOOL}


def put_all(learner: Actor, colleague: Actor) -> None:
    """Every wait of `kernel.waiting.What` once; the colleague reads and marks, and prepared nothing."""
    mine = {"learner_id": learner.person_id}
    _account(learner, mine)
    _money(mine)
    _studies(mine)
    _exams(mine, colleague)
    _applications(mine, colleague)
    _credentials(mine)
    _agreements()
    put(CaseRow, **mine, **AT, opened_at=SINCE, due_at=SOON)
    put(CreditChangeRow, **mine, **AT, state="waiting", prepared_at=SINCE)
    listed = put(ConferralListRow, **AT, state="waiting", prepared_at=SINCE, day=SOON.date())
    put(ConferralRow, **mine, **AT, listed=listed, state="conferred", asked_at=SINCE, since=SINCE)
    put(ChangeRow, **AT, kind="course", prepared_at=SINCE)
    for state in ("registered", "domain_proved"):
        put(RegistrationRow, code=state, applicant_id=learner.person_id, state=state, proved_at=SINCE)


def _account(learner: Actor, mine: dict) -> None:
    EmailAddress.objects.create(user_id=learner.person_id, email="lin@example.org", verified=False)
    put(IdentityCheck, **mine, state="submitted", submitted_at=SINCE)
    other = {"legal_name": "y", "state": "refused", "submitted_at": NOW, "checked_at": NOW}
    put(IdentityCheck, **mine, **other)
    put(DeletionRow, **mine, asked_at=SINCE, due_at=SOON)
    put(MergeRow, **mine, own=False, asked_at=SINCE)
    RoleGrant.objects.filter(institution=SCHOOL).update(granted_at=NOW - timedelta(days=300))


def _money(mine: dict) -> None:
    told = {**mine, **AT, "state": "open", "currency": "USD", "at": SINCE}
    put(ChargeRow, **told, subject="exam:A")
    put(ChargeRow, **told, subject="exam:B", reported_reference="R", reported_at=SINCE)
    paid = put(ChargeRow, **told | {"state": "paid", "minor": 9}, subject="exam:C")
    put(RefundRow, charge=paid, asked_at=SINCE)
    put(RefundAskRow, charge=paid, state="waiting", asked_at=SINCE)
    put(NeedRequestRow, **mine, **AT, state="submitted", at=SINCE)


def _studies(mine: dict) -> None:
    course = CourseRow.objects.get(key="MITx/SC0x")
    for run, starts in (("over", NOW - timedelta(days=90)), ("to-come", SOON)):
        told = {"starts": starts, "ends": starts + timedelta(days=88), "time_zone": "UTC"}
        put(CourseRunRow, id=f"course-v1:MITx+SC0x+{run}", course=course, **told)
        put(EnrolmentRow, **mine, run_id=f"course-v1:MITx+SC0x+{run}", track="verified", state="active", at=SINCE)
    for kind, accepted in (("test", None), ("degree", False)):
        fact = put(FactRow, **mine, kind=kind, recorded_at=SINCE)
        if accepted is not None:
            put(FactCheckRow, **mine, fact=fact, accepted=accepted, checked_at=SINCE)


def _exams(mine: dict, colleague: Actor) -> None:
    exam = put(exams.ExamRow, code="Wx", **AT)
    version = put(exams.ExamVersionRow, exam=exam, number=1, title="Waiting")
    exams.ExamRow.objects.filter(code="Wx").update(in_force=version)
    sitting = {"exam": exam, "opens_at": SINCE, "closes_at": SOON, "release_at": SOON}

    opens = count(1)

    def attempt(state: str, **more: object) -> exams.AttemptRow:
        at = {"opens_at": SINCE + timedelta(minutes=next(opens))}
        told = {"sitting": put(exams.SittingRow, **sitting | at), "version": version, "created_at": SINCE}
        return put(exams.AttemptRow, **mine, **told, state=state, **more)

    attempt("created"), attempt("verified")
    put(exams.RoomMessageRow, **mine, attempt=attempt("started", deadline=SOON), kind="help", number=1, at=SINCE)
    put(exams.WayRow, **mine, exam=exam, state="requested", requested_at=SINCE)
    handed_in = attempt("submitted", submitted_at=SINCE)
    attempt("rejected", released_at=SINCE)
    proposed = attempt("rejection_proposed", submitted_at=SINCE)
    put(exams.RejectionRow, **mine, attempt=proposed, ground="material", at=SINCE, heard_until=SOON)
    put(exams.AppealRow, **mine, attempt=attempt("rejected", released_at=SINCE), at=SINCE, state="open")
    put(exams.AccommodationRow, **mine, exam=exam, state="requested", requested_at=SINCE)
    put(exams.MarkRow, **mine, attempt=handed_in, marker_id=colleague.person_id, assigned_at=SINCE)
    at_times = put(exams.SittingRow, **sitting, by_appointment=True)
    for minutes, state in ((5, "booked"), (5000, "booked"), (6000, "waiting")):
        starts = NOW + timedelta(minutes=minutes)
        time = put(exams.AppointmentRow, sitting=at_times, starts_at=starts)
        where = exam if minutes != 5000 else put(exams.ExamRow, code="Vx", in_force=version, **AT)
        if state == "booked":
            put(exams.BookingRow, **mine, exam=where, appointment=time, state=state, booked_at=SINCE)
        else:
            put(exams.WaitingRow, **mine, exam=exam, appointment=time, since=SINCE)


def _applications(mine: dict, colleague: Actor) -> None:
    def round_(number: int, **more: object) -> RoundRow:
        intake = put(IntakeRow, decided_at=SINCE if number else None, answer_by=SOON)
        told = {"intake": intake, "agreement_id": f"w{number}", "closes_at": SOON, "mode": "rolling"}
        return put(RoundRow, **AT, **told | more)

    def applied(number: int, state: State, **more: object) -> ApplicationRow:
        told = {"submitted_at": SINCE, "decided_at": SINCE, "answer_by": SOON, "provisional_until": SOON}
        mode = more.pop("mode", "rolling")
        return put(ApplicationRow, **mine, round=round_(number, mode=mode), state=state, **told, **more)

    one = applied(1, State.SUBMITTED, waiver="asked")
    applied(0, State.SUBMITTED, mode="ranked")
    applied(9, State.ACCEPTED, deferred_months=12)
    for number, state in enumerate(("incomplete", "on_hold", "no_seat", "provisional", "offered", "accepted"), start=2):
        applied(number, State(state))
    refused = applied(8, State.REFUSED)
    put(AppealRow, application=refused, filed_at=SINCE, due_at=SOON)
    put(ReviewRow, application=one, reader_id=colleague.person_id, state="assigned", assigned_at=SINCE)
    put(DraftRow, **mine, round=round_(10), saved_at=SINCE)
    put(LetterRow, **mine, round=round_(11), asked_at=SINCE, expires_at=SOON)
    undecided = put(IntakeRow, answer_by=SOON)
    closed = {"intake": undecided, "agreement_id": "w12", "mode": "ranked", "closes_at": SINCE}
    put(RoundRow, **AT, **closed)
    put(SentRecordRow, **mine, **AT, asked_at=SINCE, expires_at=SOON)


def _credentials(mine: dict) -> None:
    put(AwardRow, **mine, **AT, state="waiting", prepared_at=SINCE)
    kept = put(StatusListRow, **AT)
    told = {"state_changed_at": SINCE, "state": "suspended"}
    one = put(CredentialRow, **mine, **AT, **told, status_entry=put(StatusEntryRow, status_list=kept))
    put(WalletOfferRow, credential=one, expires_at=NOW + timedelta(minutes=9))


def _agreements() -> None:
    told = {"sending": SCHOOL, "receiving": "Elsewhere", "valid_from": SINCE.date()}
    for number, status, document in (
        (1, "partner_review", {"receiving": {"program": "A"}}),
        (2, "active", {"receiving": {"program": "B"}, "review_due": f"{SOON.date()}"}),
    ):
        digest = f"{number:064x}"
        row = put(AgreementVersionRow, **told, agreement_id="w", version=number, document=document, sha256=digest)
        put(AgreementMoveRow, agreement_version=row, status=status, at=SINCE)
    put(AgreementDraftRow, owner=SCHOOL, begun_at=SINCE)
    put(HoldRow, learner_id=put(MergeRow, own=True).learner_id, **AT, held_at=SINCE)
