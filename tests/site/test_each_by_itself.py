"""One row that fails holds up no other: every job of the clock and every batch, each with one row that fails.

A new job or batch gets its scenario here, or the first test fails.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from redis import Redis
from tests.admissions.test_actions import HES, admissible, apply, opened
from tests.factories import exams as make
from tests.factories import items
from tests.factories.acts import confirmed
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.poison import poisoned
from tests.factories.rows import put
from tests.factories.runs import put_run
from tests.factories.servers import PROGRAM, store
from tests.factories.story import put_grades
from tests.factories.world import load_world, load_world_with_courses

import linkspan
from linkspan.accounts.actions import ask_deletion
from linkspan.accounts.models import IdentityProviderRow, RoleGrant, User
from linkspan.admissions import actions as admissions
from linkspan.admissions.models import ApplicationRow, SentRecordRow
from linkspan.admissions.rules.applications import Mode, State
from linkspan.admissions.rules.transfers import Says
from linkspan.courseware.actions import import_course
from linkspan.courseware.models import (
    AnnouncementRow,
    BusMessageRow,
    CourseVersionRow,
    FetchRow,
    FollowRow,
    PlatformRow,
    ThreadRow,
)
from linkspan.credentials import actions as credentials
from linkspan.credentials.models import AwardRow, ControllerWatchRow, CredentialRow
from linkspan.credentials.rules import AwardState
from linkspan.enrolment import actions as enrolment
from linkspan.enrolment.models import EnrolmentRow, WishRow
from linkspan.enrolment.rules import EnrolmentState, Track
from linkspan.exams import actions as exams
from linkspan.exams.models import (
    AppointmentRow,
    AttemptRow,
    BookingRow,
    ExamVersionRow,
    MarkRow,
    ServiceRow,
    SessionRow,
    WaitingRow,
)
from linkspan.exams.rules import Draw
from linkspan.institutions.actions import make_signing_key
from linkspan.institutions.models import TrustSourceRow
from linkspan.kernel import each as isolation
from linkspan.kernel import outbox, storage
from linkspan.kernel.errors import NotPermitted
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import AliasRow, PlannedActRow
from linkspan.messages.models import DigestRow
from linkspan.pathways.models import ExchangeMessageRow, PartnerRow
from linkspan.recognition.models import CaseRow, ConferralListRow, ConferralRow, CreditAwardRow
from linkspan.site.command import main

SOURCE = Path(linkspan.__file__).parent
RUN = "course-v1:MITx+SC0x+1T2018"
LATE = datetime(2031, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """Rows that are due, and how a row shows that it was done."""

    model: type[models.Model]
    keys: list
    done: Callable[[object], bool]
    name: Callable[[object], str] = str
    on: str = "UPDATE"
    by: str = "pk"


def two_learners(cast):
    other = person("Other Sample")
    for learner in (cast["learner"], other):
        make.authorise(learner, cast)
    return cast["learner"], other


def attempts(cast, act):
    make.put_exam()
    sitting = make.put_sitting()
    return [act(cast, learner, sitting) for learner in two_learners(cast)]


def in_state(model, *states) -> Callable[[object], bool]:
    return lambda key: model.objects.get(pk=key).state in states


def overdue(cast) -> Case:
    keys = [made.id for made in attempts(cast, make.begin)]
    return Case(AttemptRow, keys, in_state(AttemptRow, "submitted"))


def breaks_over(cast) -> Case:
    def resting(cast, learner, sitting):
        made = make.begin(cast, learner, sitting)
        AttemptRow.objects.filter(id=made.id).update(break_minutes=5)
        exams.begin_break(actor=learner, attempt_id=made.id, now=make.LATER)
        return made

    keys = [made.id for made in attempts(cast, resting)]
    return Case(AttemptRow, keys, in_state(AttemptRow, "started"))


def no_shows(cast) -> Case:
    create = lambda cast, learner, sitting: exams.create_attempt(actor=learner, sitting_id=sitting, now=NOW)  # noqa: E731
    keys = [made.id for made in attempts(cast, create)]
    return Case(AttemptRow, keys, lambda key: AttemptRow.objects.get(pk=key).state not in ("created",))


def releases(cast) -> Case:
    def reviewed(cast, learner, sitting):
        made = make.begin(cast, learner, sitting)
        make.hand_in(learner, made)
        exams.review_attempt(actor=cast["proctor"], attempt_id=made.id, accept=True, reason="", now=make.LATER)
        return made

    keys = [made.id for made in attempts(cast, reviewed)]
    return Case(AttemptRow, keys, lambda key: AttemptRow.objects.get(pk=key).released_at is not None)


def markers_gone(cast) -> Case:
    """Answers that wait for markers who are no longer of the staff."""
    make.put_exam(bank=(*make.BANK, items.ESSAY), draw=(Draw("a", 3),))
    sitting = make.put_sitting()
    of = {}
    for learner in two_learners(cast):
        made = make.begin(cast, learner, sitting)
        told = {"attempt_id": made.id, "item": "e1", "given": ["Since."], "replaces": None, "now": make.LATER}
        exams.save_response(actor=learner, **told)
        exams.submit_attempt(actor=learner, attempt_id=made.id, now=make.LATER)
        told = {"learner_id": learner.person_id, "item": "e1", "version": 1, "number": 1, "assigned_at": NOW}
        of[MarkRow.objects.create(attempt_id=made.id, marker_id=uuid4(), **told).id] = made.id
    gone = lambda key: not MarkRow.objects.filter(pk=key).exists()  # noqa: E731
    return Case(MarkRow, list(of), gone, lambda key: str(of[key]), on="DELETE")


def booked(cast, starts_at=NOW + timedelta(days=9)) -> list:
    """Bookings of the two learners at a time with two seats."""
    make.put_exam()
    sitting = make.put_sitting(opens_at=starts_at)
    (time,) = make.put_times(sitting, first=starts_at, seats=2)
    return [exams.book_appointment(actor=who, appointment_id=time, now=NOW).id for who in two_learners(cast)]


def bookings_missed(cast) -> Case:
    return Case(BookingRow, booked(cast), in_state(BookingRow, "missed"))


def bookings_near(cast) -> Case:
    keys = booked(cast, LATE + timedelta(minutes=30))
    return Case(BookingRow, keys, lambda key: BookingRow.objects.get(pk=key).reminders == 2)


def waits_over(cast) -> Case:
    booked(cast)
    time = AppointmentRow.objects.get().id
    for name in ("Ana A", "Bo B"):
        make.authorise(waits := person(name), cast)
        exams.wait_for_seat(actor=waits, appointment_id=time, now=NOW)
    keys = list(WaitingRow.objects.values_list("id", flat=True))
    return Case(WaitingRow, keys, lambda key: not WaitingRow.objects.filter(pk=key).exists(), on="DELETE")


def watched_sessions(cast) -> list:
    """Sessions of the two learners' attempts, which are handed in, at a service."""
    keys = [make.hand_in(learner, made).id for made, learner in _begun(cast)]
    told = {"service_id": str(new_id()), "name": "Watchful", "allowances": [], "accepts": False, "keeps_days": 1}
    ExamVersionRow.objects.update(watched=told)
    service = ServiceRow.objects.create(institution="MITx", name="Watchful", added_at=NOW)
    return [
        SessionRow.objects.create(
            learner_id=row.learner_id,
            attempt=row,
            version=row.version,
            service=service,
            number=1,
            external_id=str(row.id),
            told="submitted",
            asked_at=NOW,
        ).id
        for row in AttemptRow.objects.filter(id__in=keys)
    ]


def _begun(cast) -> list:
    return attempts(cast, lambda cast, learner, sitting: (make.begin(cast, learner, sitting), learner))


def unreviewed(cast) -> Case:
    keys = watched_sessions(cast)
    return Case(SessionRow, keys, lambda key: SessionRow.objects.get(pk=key).reminded_at is not None)


def recordings(cast) -> Case:
    keys = watched_sessions(cast)
    AttemptRow.objects.update(released_at=NOW)
    return Case(SessionRow, keys, lambda key: SessionRow.objects.get(pk=key).going_at is not None)


def digests(cast) -> Case:
    people = (cast["learner"], person("Other Sample"))
    due = [DigestRow.objects.create(recipient_id=who.person_id, due_at=NOW).id for who in people]
    return Case(DigestRow, due, lambda key: DigestRow.objects.get(pk=key).taken_at is not None)


def unpaid(cast) -> Case:
    told = {"run_id": RUN, "track": Track.VERIFIED, "now": NOW}
    people = (cast["learner"], person("Other Sample"))
    keys = [enrolment.enrol(actor=who, learner_id=who.person_id, **told).id for who in people]
    return Case(EnrolmentRow, keys, in_state(EnrolmentRow, EnrolmentState.ACTIVE))


def lapsing(cast) -> Case:
    round_id = opened(Mode.ROLLING, 5, actor=cast["mit-admissions"], automatic=True)
    keys = [apply(admissible(cast, name), round_id).id for name in ("Ana A", "Bo B", "Cy C")]
    ApplicationRow.objects.update(answer_by=NOW)
    return Case(ApplicationRow, keys, in_state(ApplicationRow, State.LAPSED))


def freed(cast) -> Case:
    from linkspan.admissions.models import RoundRow

    round_id = opened(Mode.ROLLING, 1, actor=cast["mit-admissions"], automatic=True)
    rows = [apply(admissible(cast, name), round_id).id for name in ("Ana A", "Bo B", "Cy C", "Dee D")]
    RoundRow.objects.filter(id=round_id).update(seats=10)
    return Case(ApplicationRow, rows[1:], in_state(ApplicationRow, State.OFFERED))


def records_to_carry(_cast) -> Case:
    told = {"institution": "MITx", "recipient": "did:web:x.invalid", "says": Says.CONSENT_ENDED, "asked_by": "Staff"}
    times = {"asked_at": NOW, "expires_at": NOW, "next_try_at": NOW}
    hashes = {"content_sha256": "a", "body_sha256": "b"}
    rows = [
        SentRecordRow.objects.create(
            partner=f"P{n}", learner_id=new_id(), consent_id=new_id(), **told, **times, **hashes
        )
        for n in range(3)
    ]
    return Case(SentRecordRow, [r.id for r in rows], lambda key: SentRecordRow.objects.get(pk=key).done_at is not None)


def messages_to_carry(_cast) -> Case:
    keys = []
    for n in range(3):
        where = {"institution": "MITx", "partner": f"P{n}"}
        PartnerRow.objects.create(
            institution="MITx", code=f"P{n}", did=f"did:web:x{n}.invalid", endpoint="https://x.invalid/", named_at=NOW
        )
        times = {"at": NOW, "next_try_at": NOW}
        told = {"message_id": str(n), "outgoing": True, "agreement_id": "a", "kind": "k", "envelope": {}}
        row = ExchangeMessageRow.objects.create(body={"expires": "2000-01-01"}, **where, **told, **times)
        keys.append(row.id)
    return Case(ExchangeMessageRow, keys, lambda key: ExchangeMessageRow.objects.get(pk=key).done_at is not None)


def watched(_cast) -> Case:
    for code in ("MITx", "HES"):
        make_signing_key(actor=SYSTEM, code=code, now=NOW, web=True)
    from linkspan.institutions.queries import institutions

    dids = {school.did: school.code for school in institutions() if school.did and school.did.startswith("did:web:")}
    for did, code in dids.items():
        ControllerWatchRow.objects.create(did=did, institution=code)
    keys = list(ControllerWatchRow.objects.values_list("pk", flat=True))
    code_of = lambda key: ControllerWatchRow.objects.get(pk=key).institution  # noqa: E731
    done = lambda key: ControllerWatchRow.objects.get(pk=key).asked_at is not None  # noqa: E731
    return Case(ControllerWatchRow, keys, done, code_of)


def registries(_cast) -> Case:
    """Three registries that cannot be reached."""
    told = {"institution": "MITx", "kind": "dcc", "name": "A list", "reason": "A test.", "decided_at": NOW}
    keys = [TrustSourceRow.objects.create(**told, address=f"https://{name}.invalid/l.json").id for name in "abc"]
    return Case(TrustSourceRow, keys, lambda key: TrustSourceRow.objects.get(pk=key).asked_at is not None)


def roles_over(_cast) -> Case:
    people = [person(name, ("proctor", "MITx")).person_id for name in ("Ana A", "Bo B", "Cy C")]
    RoleGrant.objects.filter(user_id__in=people).update(ends_at=NOW)
    grants = dict(RoleGrant.objects.filter(user_id__in=people).values_list("user_id", "id"))
    return Case(
        User, people, lambda key: not RoleGrant.objects.filter(user_id=key).exists(), lambda key: str(grants[key])
    )


def deletions_due(_cast) -> Case:
    people = [person(name).person_id for name in ("Ana A", "Bo B", "Cy C")]
    for person_id in people:
        ask_deletion(actor=SYSTEM, person_id=person_id, reason="Asked.", now=NOW - timedelta(days=14))
    return Case(User, people, lambda key: not User.objects.get(id=key).is_active)


def joined(_cast) -> Case:
    """Three accounts that were joined, for each of which something came in afterwards."""
    runs = []
    for name in ("Ana A", "Bo B", "Cy C"):
        old, new = person(name).person_id, person(f"{name} Two").person_id
        AliasRow.objects.create(old_id=old, learner_id=new, at=LATE)
        told = {"run_id": RUN, "track": "audit", "state": "active", "at": NOW}
        runs.append(EnrolmentRow.objects.create(learner_id=old, **told).id)
    moved = AliasRow.objects.values_list("learner_id", flat=True)

    def whose(key):
        return EnrolmentRow.objects.get(id=key).learner_id

    return Case(EnrolmentRow, runs, lambda key: whose(key) in set(moved), lambda key: str(whose(key)))


def cases_late(_cast) -> Case:
    told = {"institution": "HES", "reason": "Revoked.", "opened_at": NOW, "due_at": NOW}
    people = [person(name).person_id for name in ("Ana A", "Bo B", "Cy C")]
    ids = ({"learner_id": who, "application_id": new_id(), "credential_id": new_id()} for who in people)
    rows = [CaseRow.objects.create(**told, **one) for one in ids]
    return Case(CaseRow, [r.id for r in rows], lambda key: CaseRow.objects.get(pk=key).nudged == "late")


def conferrals_due(_cast) -> Case:
    """People on an approved list whose day has come; nobody has completed the degree, so each is left out."""
    told = {"institution": "HES", "program": "ALM Management", "title": "A degree", "kind": "MasterDegree"}
    when = {"day": NOW.date(), "state": "approved"}
    listed = put(ConferralListRow, **told, **when, prepared_at=NOW, prepared_by="R", prepared_by_id=new_id())
    keys = []
    for name in ("Ana A", "Bo B", "Cy C"):
        who = {"learner_id": person(name).person_id, "application_id": new_id()}
        here = {"agreement_id": HES, "version": 1}
        put(CreditAwardRow, **who, **here, institution="HES", slot="elective", state="active", posted_at=NOW)
        keys.append(put(ConferralRow, **who, **here, **told, **when, listed=listed, since=NOW).id)
    return Case(ConferralRow, keys, in_state(ConferralRow, "left_out"))


def acts_due(_cast) -> Case:
    told = {"act": "leave_course", "by": "Ana A", "seen": "x", "people": 1, "state": "waiting"}
    rows = [
        PlannedActRow.objects.create(
            **told, subject=f"run {name}", actor_id=person(name).person_id, confirmed_at=NOW, release_at=NOW
        ).id
        for name in ("Ana A", "Bo B", "Cy C")
    ]
    return Case(PlannedActRow, rows, lambda one: PlannedActRow.objects.get(id=one).state == "lapsed")


def fetches(_cast) -> Case:
    """Three platforms that cannot be reached."""
    told = {"institution": "MITx", "client_id": "a", "secret": storage.sealed("a secret"), "entered_at": NOW}
    platforms = [PlatformRow.objects.create(**told, place=f"{name}.invalid") for name in "abc"]
    running = {"run_id": RUN, "state": "running", "part": "enrolments", "cursor": "/x", "asked_at": NOW, "due": NOW}
    keys = [FetchRow.objects.create(**running, platform=one).id for one in platforms]
    return Case(FetchRow, keys, lambda key: FetchRow.objects.get(pk=key).fails > 0)


def comparisons_due(_cast) -> Case:
    """Three platforms that told of a run a week ago."""
    told = {"institution": "MITx", "client_id": "a", "secret": storage.sealed("a secret"), "entered_at": NOW}
    platforms = [PlatformRow.objects.create(**told, place=f"{name}.invalid") for name in "abc"]
    fetched = {"run_id": RUN, "state": "fetched", "part": "grades", "cursor": "", "due": NOW}
    week = LATE - timedelta(days=7)
    for one in platforms:
        FetchRow.objects.create(**fetched, platform=one, asked_at=week, ended_at=week)
    keys = [one.id for one in platforms]
    done = lambda key: FetchRow.objects.filter(platform_id=key, state="running", compares=True).exists()  # noqa: E731
    return Case(FetchRow, keys, done, lambda key: f"{RUN} {key}", on="INSERT", by="platform")


def messages_of_the_bus(_cast) -> Case:
    """Three messages of a type that nobody here reads."""
    fields = {"id": str(new_id()), "time": NOW.isoformat(), "type": "x"}
    told = {"place": "a", "stream": "s", "received_at": NOW, "state": "waiting", "fields": fields}
    keys = [BusMessageRow.objects.create(**told, number=number).id for number in "123"]
    done = lambda key: BusMessageRow.objects.get(pk=key).state == "passed_by"  # noqa: E731
    return Case(BusMessageRow, keys, done, lambda key: f"s {'123'[keys.index(key)]} x")


def streams(_cast) -> Case:
    """Three streams of the bus that the test started, with a message each."""
    for name in "abc":
        Redis.from_url(settings.EVENT_BUS_URL).xadd(name, {"type": "x", "event_data": b"x"})
    done = lambda key: BusMessageRow.objects.filter(stream=key).exists()  # noqa: E731
    return Case(BusMessageRow, [*"abc"], done, on="INSERT", by="stream")


@pytest.fixture(autouse=True)
def _bus(request, settings):
    """A Redis for the job that reads one."""
    if "courseware.read_events" not in request.node.name:
        yield
        return
    if PROGRAM is None:
        pytest.skip("neither valkey-server nor redis-server is on this machine")
    with store() as server:
        settings.EVENT_BUS_URL, settings.EVENT_BUS_STREAMS = server.url, [*"abc"]
        yield


def digests_due(_cast) -> Case:
    """Three people who follow a thread with something new; the course is not theirs to see any more."""
    told = {"run_id": RUN, "learner_id": new_id(), "by_staff": False, "at": NOW, "last_at": NOW + timedelta(days=1)}
    thread = ThreadRow.objects.create(**told, topic="General", title="News")
    who = {
        FollowRow.objects.create(thread=thread, learner_id=one, seen_at=NOW).id: str(one)
        for one in (person(name).person_id for name in ("Ana A", "Bo B", "Cy C"))
    }
    done = lambda key: FollowRow.objects.get(pk=key).told_at is not None  # noqa: E731
    return Case(FollowRow, list(who), done, lambda key: who[key])


def announcements_due(_cast) -> Case:
    told = {"run_id": RUN, "text": "x", "by": "Jo", "at": NOW, "due": NOW}
    rows = [AnnouncementRow.objects.create(**told, title=name).id for name in "abc"]
    return Case(AnnouncementRow, rows, lambda key: AnnouncementRow.objects.get(pk=key).published_at is not None)


def wishes_due(_cast) -> Case:
    """Three courses that take enrolments, each with somebody who wants to be told."""
    rows = {}
    for code in "abc":
        put_run(run := f"course-v1:MITx+{code}+1", enrolment_closes=LATE + timedelta(days=1))
        wisher = person(f"Wisher {code}").person_id
        rows[WishRow.objects.create(learner_id=wisher, course_key=f"MITx/{code}", at=NOW).id] = run
    gone = lambda key: not WishRow.objects.filter(pk=key).exists()  # noqa: E731
    return Case(WishRow, list(rows), gone, rows.__getitem__, on="DELETE")


def versions_to_read(_cast) -> Case:
    """Three runs that are taught, of one course."""
    for run in "abc":
        folder = SOURCE / "site" / "sample" / "courses" / "SC0x"
        import_course(actor=SYSTEM, path=folder, now=NOW, as_run=f"course-v1:MITx+SC0x+{run}")
    rows = list(CourseVersionRow.objects.order_by("run_id").values_list("id", flat=True))
    return Case(CourseVersionRow, rows, lambda key: CourseVersionRow.objects.get(pk=key).texts_at is not None)


def metadata_due(_cast) -> Case:
    """Three providers of universities that cannot be reached."""
    told = {"institution": "MITx", "kind": "saml", "domains": [], "claims": {}, "added_at": NOW, "asked_at": NOW}
    rows = [
        IdentityProviderRow.objects.create(**told, issuer=name, metadata_url=f"https://{name}.invalid/").id
        for name in "abc"
    ]
    return Case(IdentityProviderRow, rows, lambda one: IdentityProviderRow.objects.get(id=one).trouble != "")


#: Each job of the clock with its scenario and the name under which it keeps who failed.
TICKS = {
    "accounts.bring_late_arrivals": (joined, "accounts.bring_late"),
    "accounts.delete_accounts": (deletions_due, "accounts.delete_accounts"),
    "accounts.end_roles": (roles_over, "accounts.end_due_roles"),
    "admissions.lapse": (lapsing, "admissions.lapse_offers"),
    "admissions.offer_freed": (freed, "admissions.offer_freed_seats"),
    "courseware.compare_due": (comparisons_due, "courseware.compare_due"),
    "courseware.take_events": (messages_of_the_bus, "courseware.take_events"),
    "courseware.publish_due": (announcements_due, "courseware.publish_due"),
    "courseware.send_digests": (digests_due, "courseware.send_digests"),
    "enrolment.cancel_unpaid_upgrades": (unpaid, "enrolment.cancel_unpaid_upgrades"),
    "enrolment.tell_wishes": (wishes_due, "enrolment.tell_wishes"),
    "exams.close_no_shows": (no_shows, "exams.close_no_shows"),
    "exams.close_overdue_attempts": (overdue, "exams.close_overdue_attempts"),
    "exams.end_breaks": (breaks_over, "exams.end_breaks"),
    "exams.end_waits": (waits_over, "exams.end_waits"),
    "exams.let_recordings_go": (recordings, "exams.let_recordings_go"),
    "exams.tell_of_unreviewed": (unreviewed, "exams.tell_of_unreviewed"),
    "exams.name_markers": (markers_gone, "exams.name_markers"),
    "exams.miss_bookings": (bookings_missed, "exams.miss_bookings"),
    "exams.release_due_results": (releases, "exams.release_due_results"),
    "exams.remind_of_bookings": (bookings_near, "exams.remind_of_bookings"),
    "kernel.release_due": (acts_due, "kernel.release_due"),
    "messages.take_up_mails_of_a_day": (digests, "messages.take_up_digests"),
    "recognition.confer": (conferrals_due, "recognition.confer_due"),
    "recognition.remind": (cases_late, "recognition.remind_of_cases"),
}
#: Jobs of the clock that do one thing for all, or have kinds of things by themselves (tests/kernel/test_retention.py).
WHOLE = {
    "kernel.apply_retention",
    "kernel.keep_partitions",
    "kernel.note_daily",
    "messages.close_notices",
    "messages.remind_of_waits",
}
CALLS = {
    "accounts.read_metadata": (metadata_due, "accounts.refresh_metadata"),
    "courseware.collect_texts": (versions_to_read, "courseware.collect_texts"),
    "courseware.read_events": (streams, "courseware.read_events"),
    "courseware.fetch_due": (fetches, "courseware.fetch_due"),
    "admissions.carry_records": (records_to_carry, "admissions.deliver_records"),
    "credentials.watch": (watched, "credentials.watch_controllers"),
    "institutions.ask_registries": (registries, "institutions.refresh_trust"),
    "pathways.carry_messages": (messages_to_carry, "pathways.deliver_messages"),
}


def task_files(domain: str) -> list[Path]:
    """The module of a domain's tasks, or the modules of its folder."""
    return [*(SOURCE / domain).glob("tasks.py"), *(SOURCE / domain).glob("tasks/*.py")]


def jobs(kind: str) -> Iterator[tuple[str, Callable]]:
    for domain in settings.DOMAINS:
        if task_files(domain):
            tasks = import_module(f"linkspan.{domain}.tasks")
            yield from ((f"{domain}.{job.__name__}", job) for job in getattr(tasks, kind, ()))


def test_every_job_of_the_clock_has_a_scenario_and_loops_over_nothing_by_itself() -> None:
    assert set(dict(jobs("TICKS"))) == {*TICKS, *WHOLE} and set(dict(jobs("CALLS"))) == set(CALLS)
    for domain in settings.DOMAINS:
        for path in task_files(domain):
            names = {name.partition(".")[2] for name in (*TICKS, *WHOLE, *CALLS) if name.startswith(f"{domain}.")}
            tree = ast.parse(path.read_text())
            for node in (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in names):
                loops = [n for n in ast.walk(node) if isinstance(n, ast.For | ast.While | ast.comprehension)]
                assert not loops, f"{domain}.{node.name} loops: use linkspan.kernel.each"


def run_poisoned(job: Callable, case: Case, kept_as: str, client) -> None:
    bad, good = case.keys[0], case.keys[1:]
    with poisoned(case.model, bad, case.by, case.on):
        job(LATE)
    assert (case.done(bad), [case.done(key) for key in good]) == (False, [True] * len(good))
    (failure,) = isolation.standing_failures(SYSTEM)
    assert (failure.job, failure.subject) == (kept_as, case.name(bad)) and "poisoned" in failure.error
    operator = person("Operator", ("operator", None))
    client.force_login(get_user_model().objects.get(id=operator.person_id))
    page = client.get("/desk/operations/").content.decode()
    assert "poisoned" in page and failure.subject in page
    job(LATE)
    assert case.done(bad) and isolation.standing_failures(SYSTEM) == ()


@pytest.mark.django_db
@pytest.mark.parametrize("name", TICKS)
def test_a_job_goes_on_and_tells_who_failed(name, client) -> None:
    scenario, kept_as = TICKS[name]
    run_poisoned(dict(jobs("TICKS"))[name], scenario(load_world()), kept_as, client)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", CALLS)
def test_a_job_that_calls_out_goes_on_and_tells_who_failed(name, client) -> None:
    scenario, kept_as = CALLS[name]
    run_poisoned(dict(jobs("CALLS"))[name], scenario(load_world()), kept_as, client)


@pytest.mark.django_db
def test_only_operators_see_failures_and_the_command_tells_them(capsys) -> None:
    case = unpaid(load_world())
    with poisoned(EnrolmentRow, case.keys[0]):
        dict(jobs("TICKS"))["enrolment.cancel_unpaid_upgrades"](LATE)
    for actor in (person("Nobody"), person("Registrar", ("registrar", "MITx"))):
        with pytest.raises(NotPermitted):
            isolation.standing_failures(actor)
    assert isolation.count_standing_failures() == 1
    assert main(["outbox", "jobs"]) == 1
    assert "enrolment.cancel_unpaid_upgrades" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_grade_that_cannot_be_written_keeps_no_other_off_the_record(client) -> None:
    from linkspan.finance.actions import pay
    from linkspan.records.models import FactRow

    cast = load_world_with_courses()
    people = [cast["learner"], person("Other Sample"), person("Third Sample")]
    for who in people:
        made = enrolment.enrol(actor=who, learner_id=who.person_id, run_id=RUN, track=Track.VERIFIED, now=NOW)
        pay(actor=SYSTEM, charge_id=made.charge_id, reference="x", now=NOW)
    client.force_login(get_user_model().objects.get(id=cast["staff"].person_id))
    with poisoned(FactRow, people[1].person_id, "learner_id", on="INSERT"):
        shown = " ".join(client.post(f"/desk/runs/{RUN}/freeze/", {"reason": "x"}).content.decode().split())
        confirmed(client, f"/desk/runs/{RUN}/freeze/", {"reason": "x"})
    assert "something for 2 people" in shown and "Other Sample: A fault of ours" in shown
    assert set(FactRow.objects.values_list("learner_id", flat=True)) == {people[0].person_id, people[2].person_id}
    page = confirmed(client, f"/desk/runs/{RUN}/freeze/", {"reason": "x"}, follow=True).content.decode()
    assert "It is done." in page and "fault" not in page
    assert len(set(FactRow.objects.values_list("learner_id", flat=True))) == 3


@pytest.mark.django_db
def test_an_application_that_cannot_be_written_keeps_no_other_out() -> None:
    cast = load_world()
    people = [person(f"Person {number}").person_id for number in range(3)]
    told = {"round_id": opened(), "scores": dict.fromkeys(people, 5), "source": "file", "now": NOW}
    with poisoned(ApplicationRow, people[1], "learner_id", on="INSERT"):
        taken = admissions.take_in_applications(actor=cast["mit-admissions"], **told)
    assert (len(taken.done), [one.one for one in taken.failed]) == (2, [people[1]])
    assert len(admissions.take_in_applications(actor=cast["mit-admissions"], **told).done) == 1


@pytest.mark.django_db
def test_awards_that_fail_harm_no_other(client) -> None:
    cast = load_world()
    registrar = person("Registrar", ("registrar", "MITx"))
    credentials.set_four_eyes(actor=registrar, institution="MITx", four_eyes=True, now=NOW)
    for name in ("Ana A", "Bo B", "Cy C"):
        who = person(name)
        put_grades(who)
        credentials.award_program(actor=cast["staff"], learner_id=who.person_id, program_key="MITx/SCM", now=NOW)
    keys = list(AwardRow.objects.order_by("id").values_list("id", flat=True))
    with poisoned(AwardRow, keys[0]):
        decided = credentials.approve_awards(actor=registrar, award_ids=keys[:2], now=NOW)
        refused = credentials.refuse_awards(actor=registrar, award_ids=[keys[0], keys[2]], reason="No.", now=NOW)
    assert (decided.issued, [one.code for one in decided.failed]) == (1, ["unexpected"])
    assert [one.one for one in refused.failed] == [keys[0]]
    states = dict(AwardRow.objects.values_list("id", "state"))
    assert [states[key] for key in keys] == [AwardState.WAITING, AwardState.APPROVED, AwardState.REFUSED]


@pytest.mark.django_db
def test_a_new_name_reaches_every_credential_but_the_one_that_fails() -> None:
    from linkspan.kernel.models import OutboxDelivery

    cast = load_world()
    who = person("Ana A")
    put_grades(who)
    credentials.award_program(actor=SYSTEM, learner_id=who.person_id, program_key="MITx/SCM", now=NOW)
    for title in ("First", "Second"):
        told = {"institution": "MITx", "about": "MITx/SCM", "title": title, "reason": "Good.", "now": NOW}
        credentials.issue_commendation(actor=cast["staff"], learner_id=who.person_id, **told)
    outbox.drain(now=NOW)
    User.objects.filter(id=who.person_id).update(legal_name="Ana Other")
    bad = CredentialRow.objects.get(title="First")
    with poisoned(CredentialRow, bad.id):
        credentials.follow_name(actor=SYSTEM, learner_id=who.person_id, now=NOW)
        outbox.drain(now=NOW)
    names = set(CredentialRow.objects.filter(state="active").values_list("title", "holder_name"))
    assert ("First", "Ana A") in names and ("Second", "Ana Other") in names and len(names) == 3
    (waits,) = OutboxDelivery.objects.filter(state="waiting")
    assert waits.subscriber == "credentials.on_claimed" and "poisoned" in waits.last_error
    outbox.drain(now=NOW + timedelta(minutes=1))
    assert set(CredentialRow.objects.filter(state="active").values_list("holder_name", flat=True)) == {"Ana Other"}


@pytest.mark.django_db
def test_one_who_waits_and_fails_keeps_nobody_else_from_a_seat(client) -> None:
    cast = load_world()
    case = freed(cast)
    with poisoned(ApplicationRow, case.keys[0]):
        holder = ApplicationRow.objects.get(state=State.OFFERED)
        from linkspan.accounts.queries import actor_for

        owner = actor_for(holder.learner_id)
        admissions.answer_offer(actor=owner, application_id=holder.id, accept=False, now=NOW)
    assert ApplicationRow.objects.get(id=holder.id).state == State.DECLINED
    assert [case.done(key) for key in case.keys] == [False, True, True]
