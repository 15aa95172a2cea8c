"""What a worker has still to do is told as a wait to the person whom it concerns, and to nobody else."""

import html
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.conf import settings
from django.test import Client
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.credentials.actions import claim_award
from linkspan.credentials.rules import IssueKind
from linkspan.kernel import outbox
from linkspan.kernel.ids import new_id
from linkspan.kernel.outbox.events import subscriptions
from linkspan.records.events import FactRecorded
from linkspan.records.rules import Kind
from linkspan.web.waits import HELD, SENTENCES

#: Who changes nothing that a page shows: they write notices and letters. A claim is told by `being_signed`.
TELLERS = {
    "admissions": (
        "appeal_decided appeal_filed consent_signed decided letter_received round_cancelled round_changed submitted "
        "waiver_decided"
    ),
    "courseware": (
        "course_handed_in extension_granted points_changed rescore_asked rescore_taken username_linked "
        "announcement_made announcement_published news_in_threads post_hidden post_reported post_shown "
        "cohort_draws cohort_changed learner_enrolled"
    ),
    "credentials": (
        "award_prepared claimed controller_changed controller_forged grades_imported issued "
        "reinstated revoked suspended"
    ),
    "enrolment": "enrolled enrolment_opened track_changed verified_track_closed withdrew",
    "exams": (
        "accommodation_decided appeal_decided appeal_filed booked booking_ended cancelled checked_in near wait_ended "
        "ground_of_authorisation late_answers released second_review sitting_cancelled sitting_moved submitted "
        "rejection_answered rejection_proposed "
        "person_deleted recording_deleted marks_wait result_changed review_overdue ruling_adopted service_fails "
        "analysis_asked series_invited series_uninvited "
        "service_reviewed help_asked way_asked way_decided"
    ),
    "finance": (
        "charge_closed charge_paid charge_reopened need_decided part_paid payment_reported refund_told refund_waits"
    ),
    "institutions": "joined trust_moved",
    "messages": (
        "account_deleted accounts_merged act_lapsed deletion_asked deletion_held_back deletion_withdrawn given_up "
        "digest_taken identity_checked mail_written merge_asked notice_written provider_changed role_ended "
        "role_offered role_taken"
    ),
    "pathways": "agreement_moved approval_withdrawn approved commented learner_concerned sent",
    "recognition": (
        "case_answered case_kept case_nudged case_opened credit_changed credit_reversed exception_asked "
        "exception_decided exception_ended conferral_asked conferral_decided conferral_held degree_conferred "
        "revocation_asked revocation_decided"
    ),
    "records": "evidence_checked platform_fetched",
}
ONLY_TELL = [f"{domain}.on_{name}" for domain, names in TELLERS.items() for name in names.split()]
RUN = "course-v1:MITx+SC0x+1T2018"
PAGES = ("/dashboard/", "/credentials/", "/record/", "/exams/", "/degree/", "/consents/")


@pytest.fixture
def cast(monkeypatch, db):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


def listeners() -> dict[str, outbox.Subscription]:
    """Who acts after the action's own transaction, by name."""
    found = {}
    for domain in settings.DOMAINS:
        if find_spec(f"linkspan.{domain}.tasks"):
            tasks = import_module(f"linkspan.{domain}.tasks")
            for one in getattr(tasks, "SUBSCRIPTIONS", ()):
                if not one.at_once:
                    found[f"{domain}.{one.handler.__name__}"] = one
    return found


def test_every_listener_is_told_as_a_wait_or_only_tells() -> None:
    assert sorted([*SENTENCES, *ONLY_TELL]) == sorted(listeners())


def text_of(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


@pytest.mark.deliveries_fail
@pytest.mark.parametrize("subscriber", SENTENCES)
def test_a_wait_is_told_until_it_is_over(cast, subscriber) -> None:
    kind = IssueKind.PROGRAM if subscriber == HELD else Kind.COURSE_GRADE
    told = {"kind": kind, "outcome": "passed", "corrected": False}
    event = listeners()[subscriber].event
    ids = {name: new_id() for name in event.__dataclass_fields__ if name.endswith("_id")}
    rest = {name: told.get(name, "x") for name in event.__dataclass_fields__ if name not in ids}
    if "accepted" in rest:
        rest["accepted"] = True
    outbox.publish(event(**{**ids, **rest, "learner_id": cast["learner"].person_id}), now=NOW)
    assert subscriber in subscriptions(outbox.event_name(event))
    learner, other = as_persona(cast, "learner"), as_persona(cast, "newcomer")
    assert [str(SENTENCES[subscriber]) in text_of(learner, page) for page in PAGES] == [True] * len(PAGES)
    assert not any("In progress" in text_of(other, page) for page in PAGES)


def test_with_the_worker_away_grades_are_a_wait_and_then_certificates(cast) -> None:
    learner, staff = as_persona(cast, "learner"), as_persona(cast, "staff")
    assert "In progress" not in text_of(learner, "/credentials/")
    assert "checked for" not in text_of(staff, "/desk/grades/")
    put_grades(cast["learner"])
    outbox.publish(FactRecorded(new_id(), Kind.COURSE_GRADE, RUN, False), now=NOW)
    assert "1 grade is being checked for a certificate." in text_of(staff, "/desk/grades/")
    assert "Certificates and credentials for your grades are being prepared." in text_of(learner, "/credentials/")
    outbox.drain(now=NOW)
    assert "In progress" not in text_of(learner, "/credentials/")
    assert "checked for" not in text_of(staff, "/desk/grades/")


def test_what_waits_for_a_signature_is_told_to_its_holder_and_its_desk(cast) -> None:
    put_grades(cast["learner"])
    claim_award(actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW)
    learner, staff = as_persona(cast, "learner"), as_persona(cast, "staff")
    waits = [("is being signed.", learner, "/credentials/"), ("decided and waits", staff, "/desk/credentials/")]
    assert [words in text_of(client, page) for words, client, page in waits] == [True, True]
    outbox.drain(now=NOW)
    assert [words in text_of(client, page) for words, client, page in waits] == [False, False]
