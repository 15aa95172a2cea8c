"""Who is told of what happened in exams."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation

from linkspan.accounts.events import AccountDeleted, IdentityChecked
from linkspan.accounts.queries import people_with_role, person_of
from linkspan.exams.actions import (
    count_ruling,
    retire_learner,
    sync_session,
    work_out_analysis,
)
from linkspan.exams.events import (
    AccommodationDecided,
    AnalysisAsked,
    AppealDecided,
    AppealFiled,
    AppointmentBooked,
    AppointmentNear,
    AttemptCancelled,
    BookingEnded,
    ExamResultReleased,
    ExamSubmitted,
    HelpAsked,
    LateAnswersCame,
    LearnerCheckedIn,
    MarksWait,
    RecordingDeleted,
    RejectionAnswered,
    RejectionProposed,
    ResultChanged,
    ReviewOverdue,
    RulingAdopted,
    SecondReviewAsked,
    SeriesInvited,
    SeriesUninvited,
    ServiceFails,
    ServiceReviewed,
    SessionChanged,
    SittingCancelled,
    SittingMoved,
    WaitEnded,
    WayAsked,
    WayDecided,
)
from linkspan.exams.queries import (
    exam,
    exam_codes,
    lets_in,
    no_reviewers,
    reasons_against,
    sitters,
    watches,
)
from linkspan.finance.events import ChargePaid
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.kernel.written import moment
from linkspan.messages.actions import notify
from linkspan.messages.rules import zone_of
from linkspan.messages.tasks import tell, told_by, wait_of
from linkspan.records.events import FactRecorded
from linkspan.records.rules import Kind


def on_submitted(delivered: Delivered[ExamSubmitted]) -> None:
    """Tell the learner that the exam is in, and the proctors who may review it that it waits.

    Where a service watches, they are told once it said what it saw, or was silent for long.
    """
    tell(delivered, "exam_submitted", About(Thing.EXAMS))
    if not watches(delivered.event.attempt_id):
        _tell_proctors(delivered, "attempt_waits", but=no_reviewers(delivered.event.attempt_id))


def on_second_review(delivered: Delivered[SecondReviewAsked]) -> None:
    """Tell the proctors who may give the verdict that it waits for one of them."""
    _tell_proctors(delivered, "attempt_waits", but=no_reviewers(delivered.event.attempt_id))


def on_rejection_proposed(delivered: Delivered[RejectionProposed]) -> None:
    """Tell the learner why, and until when they may answer, in their zone."""
    event = delivered.event
    person = person_of(event.learner_id)
    with translation.override(person.locale):
        until = in_zone(event.until, zone_of(person.time_zone))
    tell(delivered, "rejection_proposed", About.of(Thing.ATTEMPT, event.attempt_id), until=until)


def on_rejection_answered(delivered: Delivered[RejectionAnswered]) -> None:
    """Tell the proctors who may give the verdict that the learner was heard."""
    _tell_proctors(delivered, "attempt_waits", but=no_reviewers(delivered.event.attempt_id))


def on_checked_in(delivered: Delivered[LearnerCheckedIn]) -> None:
    """Tell the proctors that somebody waits, unless a service sees who is there."""
    if lets_in(delivered.event.attempt_id):
        return
    _tell_proctors(delivered, "check_in_waits")


def on_session_changed(delivered: Delivered[SessionChanged]) -> None:
    """Tell a service what it is still to be told; it is tried again until it takes it."""
    sync_session(session_id=delivered.event.session_id, now=delivered.now)


def on_service_fails(delivered: Delivered[ServiceFails]) -> None:
    """Tell the proctors that somebody waits for a service, and that they may decide another way."""
    _tell_proctors(delivered, "service_silent", service=delivered.event.service)


def on_service_reviewed(delivered: Delivered[ServiceReviewed]) -> None:
    """Tell the proctors who may give the verdict that a service said what it saw."""
    _tell_proctors(delivered, "service_reviewed", but=no_reviewers(delivered.event.attempt_id))


def on_recording_deleted(delivered: Delivered[RecordingDeleted]) -> None:
    """Give the learner the receipt."""
    tell(delivered, "recording_deleted", About(Thing.EXAMS))


def on_person_deleted(delivered: Delivered[AccountDeleted]) -> None:
    """Have the services delete all about somebody whose account is deleted."""
    retire_learner(learner_id=delivered.event.learner_id, now=delivered.now)


def on_review_overdue(delivered: Delivered[ReviewOverdue]) -> None:
    """Tell the proctors who may give the verdict that it waits for one of them."""
    _tell_proctors(delivered, "attempt_waits", but=no_reviewers(delivered.event.attempt_id))


def on_appeal_filed(delivered: Delivered[AppealFiled]) -> None:
    """Tell the proctors and the program's staff."""
    _tell_proctors(delivered, "appeal_waits", ("proctor", "program_staff"))


def on_late_answers(delivered: Delivered[LateAnswersCame]) -> None:
    """Tell the proctors and the program's staff that late answers wait for one of them."""
    _tell_proctors(delivered, "late_answers_wait", ("proctor", "program_staff"))


def on_cancelled(delivered: Delivered[AttemptCancelled]) -> None:
    """Tell the learner that the attempt does not count, and why."""
    tell(delivered, "attempt_cancelled", About(Thing.EXAMS))


def on_released(delivered: Delivered[ExamResultReleased]) -> None:
    """Tell the learner that the result is out."""
    tell(delivered, "exam_released", About(Thing.EXAMS))


def on_series_invited(delivered: Delivered[SeriesInvited]) -> None:
    """Tell the learner that they may take the exams of a series."""
    tell(delivered, "series_invited", About(Thing.EXAMS))


def on_series_uninvited(delivered: Delivered[SeriesUninvited]) -> None:
    """Tell the learner that the invitation was taken back, and why."""
    tell(delivered, "series_uninvited", About(Thing.EXAMS))


def on_marks_wait(delivered: Delivered[MarksWait]) -> None:
    """Tell a marker how many answers wait, and until when, in their zone."""
    event = delivered.event
    person = person_of(event.marker_id)
    with translation.override(person.locale):
        due = in_zone(event.due, zone_of(person.time_zone))
    notify(
        recipient_id=event.marker_id,
        kind="marks_wait",
        context={"title": event.title, "count": str(event.count), "due": due},
        about=About(Thing.EXAM_MARKING),
        key=f"marks_wait:{delivered.id}",
        now=delivered.at,
    )


def on_ruling_adopted(delivered: Delivered[RulingAdopted]) -> None:
    """Work out again what a ruling concerns."""
    count_ruling(ruling_id=delivered.event.ruling_id, now=delivered.now)


def on_analysis_asked(delivered: Delivered[AnalysisAsked]) -> None:
    """Work out what models say of a version."""
    event = delivered.event
    work_out_analysis(version_id=event.version_id, asked_at=event.asked_at, now=delivered.now)


def on_result_changed(delivered: Delivered[ResultChanged]) -> None:
    """Tell the learner that the result which they know was worked out again."""
    tell(delivered, f"exam_now_{delivered.event.outcome}", About(Thing.EXAMS))


def on_appeal_decided(delivered: Delivered[AppealDecided]) -> None:
    """Tell the learner what came of the appeal."""
    tell(delivered, f"appeal_{delivered.event.state}", About(Thing.EXAMS))


def on_accommodation_decided(delivered: Delivered[AccommodationDecided]) -> None:
    """Tell the learner whether they have extra time."""
    tell(delivered, f"accommodation_{delivered.event.state}", About(Thing.EXAMS))


def on_help_asked(delivered: Delivered[HelpAsked]) -> None:
    """Tell the proctors that a candidate asks for one of them."""
    _tell_proctors(delivered, "help_asked")


def on_way_asked(delivered: Delivered[WayAsked]) -> None:
    """Tell the proctors and the program's staff that somebody asks to sit an exam another way."""
    _tell_proctors(delivered, "way_waits", ("proctor", "program_staff"))


def on_way_decided(delivered: Delivered[WayDecided]) -> None:
    """Tell the learner whether they sit the exam another way."""
    tell(delivered, f"way_{delivered.event.state}", About(Thing.EXAMS))


def on_ground_of_authorisation(delivered: Delivered[FactRecorded | IdentityChecked | ChargePaid]) -> None:
    """A grade, an accepted name or a paid fee may be the last thing that was missing: then tell the learner, once."""
    event = delivered.event
    if isinstance(event, FactRecorded) and event.kind != Kind.COURSE_GRADE:
        return
    learner_id = event.learner_id
    for code in exam_codes():
        found = exam(code)
        if not reasons_against(learner_id, found):
            notify(
                recipient_id=learner_id,
                kind="exam_authorised",
                context={"title": found.title},
                about=About(Thing.EXAMS),
                key=f"exam_authorised:{code}",
                now=delivered.at,
            )


def on_sitting_moved(delivered: Delivered[SittingMoved]) -> None:
    """Tell those who may sit it, and those who do."""
    _tell_sitters(delivered, "sitting_moved")


def on_sitting_cancelled(delivered: Delivered[SittingCancelled]) -> None:
    """Tell those who might have sat it; whose attempt it ended is told of that."""
    _tell_sitters(delivered, "sitting_cancelled")


def on_booked(delivered: Delivered[AppointmentBooked]) -> None:
    """Tell the learner which time they have, in their zone."""
    event = delivered.event
    more = {name: getattr(event, name) for name in ("comes_from", "comes_until", "changes_until")}
    _tell_time(delivered, f"appointment_{event.how}", event.starts_at, event.zone, **more)


def on_near(delivered: Delivered[AppointmentNear]) -> None:
    """Remind the learner of the time."""
    event = delivered.event
    more = {"comes_from": event.comes_from, "comes_until": event.comes_until}
    _tell_time(delivered, "appointment_near", event.starts_at, event.zone, **more)


def on_booking_ended(delivered: Delivered[BookingEnded]) -> None:
    """Tell the learner that the seat is theirs no longer, and what to do."""
    event = delivered.event
    _tell_time(delivered, f"booking_{event.state}", event.starts_at, event.zone)


def on_wait_ended(delivered: Delivered[WaitEnded]) -> None:
    """Tell the learner that they wait no longer."""
    event = delivered.event
    kind = "wait_dropped" if event.reason else "wait_ended"
    _tell_time(delivered, kind, event.starts_at, event.zone)


def _tell_time(
    delivered: Delivered[AppointmentBooked | AppointmentNear | BookingEnded | WaitEnded],
    kind: str,
    starts_at: datetime,
    zone: str,
    **more: datetime,
) -> None:
    """Notify the learner of a time: in their zone, and in the institution's where it differs."""
    event = delivered.event
    person = person_of(event.learner_id)
    here = zone_of(person.time_zone)
    with translation.override(person.locale):
        when = ", ".join(dict.fromkeys(in_zone(starts_at, one) for one in (here, zone_of(zone))))
        told = {name: in_zone(instant, here) for name, instant in more.items()}
    tell(delivered, kind, About.of(Thing.EXAM_TIMES, event.exam_code), when=when, **told)


def in_zone(instant: datetime, zone: ZoneInfo) -> str:
    """An instant by the clocks of a zone, which is named, in the language that is set."""
    return moment(instant, zone)


def _tell_sitters(delivered: Delivered[SittingMoved] | Delivered[SittingCancelled], kind: str) -> None:
    event = delivered.event
    for learner_id in sorted(sitters(event.sitting_id)):
        key, context = f"{kind}:{delivered.id}", told_by(event)
        notify(recipient_id=learner_id, kind=kind, context=context, about=About(Thing.EXAMS), key=key, now=delivered.at)


def _tell_proctors(
    delivered: Delivered[
        ExamSubmitted
        | SecondReviewAsked
        | RejectionAnswered
        | LearnerCheckedIn
        | AppealFiled
        | LateAnswersCame
        | ReviewOverdue
        | ServiceFails
        | ServiceReviewed
        | HelpAsked
        | WayAsked
    ],
    kind: str,
    roles: tuple[str, ...] = ("proctor",),
    but: frozenset[UUID] = frozenset(),
    **more: str,
) -> None:
    event = delivered.event
    people = {person_id for role in roles for person_id in people_with_role(role, event.institution)}
    for person_id in people - {event.learner_id} - but:
        context = {"title": event.title, **more}
        key = f"{kind}:{delivered.id}"
        notify(
            recipient_id=person_id,
            kind=kind,
            context=context,
            about=About(Thing.EXAM_DESK),
            key=key,
            now=delivered.at,
            of=wait_of(kind, event),
        )


SUBSCRIPTIONS = (
    Subscription(LearnerCheckedIn, on_checked_in),
    Subscription(ExamSubmitted, on_submitted),
    Subscription(SecondReviewAsked, on_second_review),
    Subscription(RejectionProposed, on_rejection_proposed),
    Subscription(RejectionAnswered, on_rejection_answered),
    Subscription(ExamResultReleased, on_released),
    Subscription(MarksWait, on_marks_wait),
    Subscription(SeriesInvited, on_series_invited),
    Subscription(SeriesUninvited, on_series_uninvited),
    Subscription(RulingAdopted, on_ruling_adopted, Lane.HEAVY),
    Subscription(AnalysisAsked, on_analysis_asked, Lane.HEAVY),
    Subscription(ResultChanged, on_result_changed),
    Subscription(AttemptCancelled, on_cancelled),
    Subscription(SittingMoved, on_sitting_moved),
    Subscription(SittingCancelled, on_sitting_cancelled),
    Subscription(AppointmentBooked, on_booked),
    Subscription(AppointmentNear, on_near),
    Subscription(BookingEnded, on_booking_ended),
    Subscription(WaitEnded, on_wait_ended),
    Subscription(SessionChanged, on_session_changed, Lane.PARTNER),
    Subscription(ServiceFails, on_service_fails),
    Subscription(ServiceReviewed, on_service_reviewed),
    Subscription(ReviewOverdue, on_review_overdue),
    Subscription(RecordingDeleted, on_recording_deleted),
    Subscription(AccountDeleted, on_person_deleted, Lane.PARTNER),
    Subscription(LateAnswersCame, on_late_answers),
    Subscription(AppealFiled, on_appeal_filed),
    Subscription(AppealDecided, on_appeal_decided),
    Subscription(AccommodationDecided, on_accommodation_decided),
    Subscription(HelpAsked, on_help_asked),
    Subscription(WayAsked, on_way_asked),
    Subscription(WayDecided, on_way_decided),
    Subscription(FactRecorded, on_ground_of_authorisation),
    Subscription(IdentityChecked, on_ground_of_authorisation),
    Subscription(ChargePaid, on_ground_of_authorisation),
)
