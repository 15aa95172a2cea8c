"""What waits about applications: what applicants do, what offices and readers do, and the days that both wait for."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Min, Q, QuerySet

from linkspan.admissions.models import (
    AppealRow,
    ApplicationRow,
    DraftRow,
    LetterRow,
    ReviewRow,
    RoundRow,
    SentRecordRow,
)
from linkspan.admissions.rules.applications import Mode, State, Waiver
from linkspan.admissions.rules.reviews import ReviewState
from linkspan.kernel.waiting import Open, Part, What, Whose, part, together

ROUND = {"title": "round__title", "institution": "round__institution"}
#: These wait for a matching; to their office the round waits, whatever the number of applications.
UNMATCHED = Q(round__mode=Mode.RANKED, round__intake__decided_at=None)


def waits(whose: Whose, now: datetime) -> Iterator[Open]:
    """Drafts, applications by their state, appeals, letters, readings, lists, and records on their way."""
    mine = whose.of(ApplicationRow.objects.all(), school="round__institution")
    yield from together(
        whose,
        *_of_state(mine),
        *_of_applicant(whose, now),
        *_rounds(whose, now),
        part(What.DECIDE_WAIVER, mine.filter(waiver=Waiver.ASKED), since="submitted_at", **ROUND),
        _appeals(whose),
        _readings(whose),
        part(
            What.DELIVER_RECORD,
            whose.of(SentRecordRow.objects.filter(done_at=None)),
            title="partner",
            since="asked_at",
            until="expires_at",
        ),
    )


def _of_state(mine: QuerySet[ApplicationRow]) -> Iterator[Part]:
    """Waits of single applications."""
    deferred = Q(deferred_months__gt=0)
    none: dict[str, str] = {}
    of_state: tuple[tuple[What, Q, str, dict[str, str]], ...] = (
        (What.HAND_IN_DOCUMENT, Q(state=State.INCOMPLETE), "submitted_at", none),
        (What.DECIDE_APPLICATION, Q(state=State.SUBMITTED) & ~UNMATCHED, "submitted_at", none),
        (What.MATCHING, Q(state=State.SUBMITTED) & UNMATCHED, "submitted_at", {"until": "round__intake__answer_by"}),
        (What.LOOK_AT_CASE, Q(state=State.ON_HOLD), "submitted_at", none),
        (What.SEAT, Q(state=State.NO_SEAT), "decided_at", {"until": "round__intake__answer_by"}),
        (What.TAKE_ADMISSION_COURSE, Q(state=State.PROVISIONAL), "decided_at", {"until": "provisional_until"}),
        (What.ANSWER_OFFER, Q(state=State.OFFERED), "decided_at", {"until": "answer_by"}),
        (What.CONFIRM_ENROLMENT, Q(state=State.ACCEPTED) & ~deferred, "decided_at", none),
        (What.FIRST_TERM, Q(state=State.ACCEPTED) & deferred, "decided_at", none),
    )
    for what, state, since, more in of_state:
        rows = mine.filter(state)
        if since == "decided_at":
            rows = rows.filter(decided_at__isnull=False)
        yield part(what, rows, since=since, **ROUND, **more)


def _of_applicant(whose: Whose, now: datetime) -> Iterator[Part]:
    drafts = whose.of(DraftRow.objects.filter(round__closes_at__gt=now, round__cancelled_at=None), school="")
    letters = whose.of(LetterRow.objects.filter(received_at=None, expires_at__gt=now), school="")
    closes = {"until": "round__closes_at"}
    yield part(What.FINISH_DRAFT, drafts, id="round_id", keys="round_id", since="saved_at", **ROUND, **closes)
    yield part(
        What.WRITE_LETTER, letters, keys="round_id", since="asked_at", **ROUND | {"title": "name"}, until="expires_at"
    )


def _appeals(whose: Whose) -> Part:
    school = "application__round__institution"
    return part(
        What.ANSWER_APPEAL,
        whose.of(AppealRow.objects.filter(upheld=None), "application__learner_id", school),
        title="application__round__title",
        institution=school,
        learner="application__learner_id",
        keys="application_id",
        but_not="decider_id",
        since="filed_at",
        until="due_at",
    )


def _readings(whose: Whose) -> Part:
    rows = ReviewRow.objects.filter(state=ReviewState.ASSIGNED)
    if whose.person is not None:
        rows = rows.filter(reader_id=whose.person)
    school = "application__round__institution"
    return part(
        What.READ_APPLICATION,
        whose.of(rows, "", school),
        title="application__round__title",
        institution=school,
        learner="",
        person="reader_id",
        since="assigned_at",
    )


def _rounds(whose: Whose, now: datetime) -> Iterator[Part]:
    """Rounds whose applications wait, since the first of them, and lists that nobody has certified."""
    rounds = whose.of(RoundRow.objects.filter(cancelled_at=None), "")
    waiting = rounds.filter(~Q(mode=Mode.RANKED) | Q(intake__decided_at__isnull=False))
    waiting = waiting.filter(applications__state=State.SUBMITTED).annotate(first=Min("applications__submitted_at"))
    closed = rounds.filter(mode=Mode.RANKED, certified_at=None, closes_at__lte=now, intake__decided_at=None)
    told = {"title": "title", "learner": "", "until": "intake__answer_by"}
    yield part(What.DECIDE_ROUND, waiting, since="first", **told)
    yield part(What.CERTIFY_LIST, closed, since="closes_at", **told)
