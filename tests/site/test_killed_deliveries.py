"""A worker that is killed with -9 in any kind of delivery loses nothing and does nothing twice.

Work that is not the database's alone is killed in each of its kinds: before the first change that it makes, in the
middle, and before the last one, which is its mark. In the fast lane a handler's work and its mark are one transaction,
whoever the handler is; that lane has its kill in tests/kernel/test_workers.py, and many of its kinds theirs here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tests.web.test_waits import listeners

from linkspan.kernel.retries import Lane

ROOT = Path(__file__).resolve().parents[2]
#: By test that has something delivered, the listeners that are killed before it goes on (tests/factories/killing.py).
KILLED = {
    "accounts/test_deletion.py::test_each_table_becomes_what_it_says_and_what_others_rely_on_still_holds": (
        "exams.on_person_deleted"
    ),
    "accounts/test_roles.py": "messages.on_mail_written",
    "admissions/test_documents.py::test_a_letter_comes_in_once_by_its_link_and_only_staff_read_it": (
        "admissions.on_letter_asked"
    ),
    "admissions/test_round_changes.py::test_a_cancelled_round_ends_its_applications_and_can_be_opened_anew": (
        "admissions.on_round_cancelled"
    ),
    "admissions/test_round_changes.py::test_a_change_is_told_to_who_applied_or_began_to_and_nobody_else": (
        "admissions.on_round_changed"
    ),
    "admissions/test_terms.py::test_the_deposit_keeps_the_place": "recognition.on_learner_joined",
    "admissions/test_terms.py::test_the_fee_is_paid_or_waived_before_a_decision": (
        "admissions.on_waiver_decided finance.on_charge_closed"
    ),
    "admissions/test_told.py::test_an_appeal_is_told_to_admissions_and_its_answer_to_the_applicant": (
        "admissions.on_appeal_decided admissions.on_appeal_filed admissions.on_decided admissions.on_submitted "
        "credentials.on_claimed credentials.on_issued credentials.on_program_held pathways.on_agreement_moved "
        "pathways.on_learner_concerned records.on_evidence_checked"
    ),
    "admissions/test_transfers.py::test_a_record_is_taken_with_a_signed_receipt_and_the_consent_that_came_with_it": (
        "admissions.on_consent_signed"
    ),
    "admissions/test_transfers.py::test_threat_23_a_consent_that_ends_first_stops_it_and_one_that_ends_later_is_told": (
        "admissions.on_consent_revoked"
    ),
    "courseware/test_cohorts.py::test_learners_come_in_by_chance_once_and_stay": (
        "courseware.on_cohort_draws courseware.on_learner_enrolled enrolment.on_enrolled messages.on_notice_written"
    ),
    "courseware/test_discussion.py::test_a_hidden_post_is_seen_by_its_author_who_is_told_why": (
        "courseware.on_post_hidden courseware.on_post_shown"
    ),
    "courseware/test_discussion.py::test_one_digest_a_day_names_each_unread_thread_once": (
        "courseware.on_news_in_threads"
    ),
    "courseware/test_discussion.py::test_reports_reach_staff_once_and_end_with_a_decision": (
        "courseware.on_post_reported"
    ),
    "courseware/test_points.py::test_a_corrected_problem_is_tried_read_and_then_counts": (
        "courseware.on_points_changed courseware.on_rescore_asked courseware.on_rescore_taken"
    ),
    "courseware/test_studying.py::test_an_announcement_reaches_everybody_in_the_run_once": (
        "courseware.on_announcement_made courseware.on_announcement_published enrolment.on_withdrew"
    ),
    "courseware/test_trials.py::test_a_trial_says_what_is_read_and_whose_grade_changes_and_changes_nothing": (
        "courseware.on_course_handed_in"
    ),
    "exams/test_models.py::test_the_worker_works_it_out_once_and_says_when_it_is_out_of_date": (
        "exams.on_analysis_asked"
    ),
    "exams/test_rulings.py::test_a_rekeyed_question_changes_sides_and_tells_whom_it_concerns": (
        "credentials.on_fact_recorded credentials.on_result_released exams.on_ground_of_authorisation "
        "exams.on_released exams.on_result_changed exams.on_ruling_adopted"
    ),
    "exams/test_watching.py::test_an_attempt_goes_from_booking_to_a_reviewed_result": "exams.on_session_changed",
    "exams/test_watching.py::test_while_the_service_is_away_the_learner_waits_and_nothing_is_lost": (
        "credentials.on_identity_checked exams.on_checked_in finance.on_charge_paid messages.on_identity_checked"
    ),
    "finance/test_refunds.py::test_what_came_back_is_owed_again_told_and_tried_again": "finance.on_refund_due",
    "messages/test_digest.py::test_one_mail_comes_in_the_readers_morning_and_tells_each_notice_once": (
        "messages.on_digest_taken"
    ),
    "records/test_imports.py": "credentials.on_grades_imported",
}
#: Listeners of the fast lane whose kill is that of the lane: their work is one transaction with their mark.
BY_LANE = {
    "admissions": "letter_received",
    "courseware": "cohort_changed extension_granted username_linked",
    "credentials": (
        "accounts_merged award_prepared controller_changed controller_forged outdated reinstated revoked suspended"
    ),
    "enrolment": "enrolment_opened track_changed verified_track_closed",
    "exams": (
        "rejection_answered rejection_proposed "
        "accommodation_decided appeal_decided appeal_filed booked booking_ended cancelled help_asked "
        "late_answers marks_wait near recording_deleted review_overdue second_review series_invited "
        "series_uninvited service_fails service_reviewed sitting_cancelled sitting_moved submitted wait_ended "
        "way_asked way_decided"
    ),
    "finance": "charge_reopened need_decided part_paid payment_reported refund_told refund_waits",
    "institutions": "joined trust_moved",
    "messages": (
        "account_deleted accounts_merged act_lapsed deletion_asked deletion_held_back deletion_withdrawn "
        "given_up merge_asked provider_changed role_ended role_offered role_taken"
    ),
    "pathways": "approval_withdrawn approved commented sent",
    "recognition": (
        "case_answered case_kept case_nudged case_opened conferral_asked conferral_decided conferral_held "
        "credential_revoked credit_changed credit_reversed degree_conferred exception_asked exception_decided "
        "exception_ended revocation_asked revocation_decided"
    ),
    "records": "platform_fetched",
}


def killed() -> Iterator[str]:
    """Each listener that is killed by itself."""
    return (name for names in KILLED.values() for name in names.split())


def test_every_kind_of_delivery_is_killed_somewhere() -> None:
    """A new listener fails here until it is named: with a test that has it killed, unless it is of the fast lane."""
    by_lane = [f"{domain}.on_{name}" for domain, names in BY_LANE.items() for name in names.split()]
    assert sorted([*killed(), *by_lane]) == sorted(listeners())
    assert {name: listeners()[name].lane for name in by_lane if listeners()[name].lane is not Lane.FAST} == {}


def test_each_test_that_is_named_is_there() -> None:
    for node in KILLED:
        file, _, test = node.partition("::")
        assert f"def {test}" in (ROOT / "tests" / file).read_text()


@pytest.mark.drill
@pytest.mark.servers
@pytest.mark.timeout(5400)
def test_a_second_worker_finishes_every_kind_that_a_killed_one_began(tmp_path) -> None:
    if "sqlite" not in settings.DATABASES["default"]["ENGINE"]:
        pytest.skip("each worker has a copy of the database, which is a file")
    found = tmp_path / "kills"
    told = {**os.environ, "LINKSPAN_KILLS": str(found), "LINKSPAN_HOME": str(tmp_path / "home")}
    words = ["-q", "--tb=no", "-p", "no:cacheprovider", "-p", "tests.factories.killing"]
    nodes = [f"tests/{node}" for node in KILLED]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *nodes],
        env=told,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=5000,
    )
    assert found.exists(), ran.stdout[-3000:]
    lines = [json.loads(line) for line in found.read_text().splitlines()]
    assert {line["kind"]: line["wrong"] for line in lines if line["wrong"]} == {}
    assert set(killed()) - {line["kind"].split()[0] for line in lines} == set(), ran.stdout[-3000:]
