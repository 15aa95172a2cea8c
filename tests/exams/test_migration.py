"""Exams of before versions get version 1, and their attempts were drawn from it."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

DAY = datetime(2018, 6, 1, tzinfo=UTC)
BEFORE, AFTER = [("exams", "0005_accommodations_kept")], [("exams", "0009_blueprints")]
FIELDS = {
    "title": "Comprehensive exam",
    "duration_minutes": 60,
    "pass_percent": Decimal("60.50"),
    "attempts_allowed": 2,
    "courses": ["MITx/SC0x"],
    "minimums": {"MITx/SC0x": "60"},
    "bank": [{"id": "a1", "group": "a"}],
    "draw": {"a": 1},
    "grace_seconds": 45,
}


def migrated(to):
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.mark.django_db(transaction=True)
def test_rows_of_the_old_schema_get_their_first_version() -> None:
    try:
        old = migrated(BEFORE)
        attempts = [_attempt(old, code) for code in ("CFx", "DFx")]
        new = migrated(AFTER)
        for attempt_id, code in zip(attempts, ("CFx", "DFx"), strict=True):
            version = new.get_model("exams", "AttemptRow").objects.get(id=attempt_id).version
            assert version.exam_id == code and version.number == 1 and version.published_at is not None
            lines = [{"group": "a", "difficulty": None, "count": 1}]
            assert {name: getattr(version, name) for name in FIELDS} == FIELDS | {"draw": lines}
            assert version.most_drawn is None
            assert version.exam.in_force_id == version.id
            _clear(new, code)
    finally:
        migrated(MigrationExecutor(connection).loader.graph.leaf_nodes("exams"))


def _attempt(apps, code):
    told = {"program_key": "MITx/SCM", "institution": "MITx", **FIELDS}
    exam = apps.get_model("exams", "ExamRow").objects.create(code=code, **told)
    times = {"opens_at": DAY, "closes_at": DAY, "release_at": DAY}
    sitting = apps.get_model("exams", "SittingRow").objects.create(exam=exam, **times)
    row = {"learner_id": uuid4(), "sitting": sitting, "state": "verified", "seed": 1, "form": ["a1"], "created_at": DAY}
    return apps.get_model("exams", "AttemptRow").objects.create(**row).id


def _clear(apps, code):
    apps.get_model("exams", "AttemptRow").objects.filter(sitting__exam_id=code).delete()
    apps.get_model("exams", "SittingRow").objects.filter(exam_id=code).delete()
    apps.get_model("exams", "ExamRow").objects.filter(code=code).update(in_force=None)
    apps.get_model("exams", "ExamVersionRow").objects.filter(exam_id=code).delete()
    apps.get_model("exams", "ExamRow").objects.filter(code=code).delete()


@pytest.mark.django_db(transaction=True)
def test_extra_time_of_before_stays_granted_and_asked_for() -> None:
    before, after = [("exams", "0027_asks_more")], [("exams", "0028_accommodation_kinds")]
    learner, told = uuid4(), {"requested_at": DAY, "document_sha256": "", "reason": ""}
    try:
        old = migrated(before)
        fields = {name: FIELDS[name] for name in ("title", "duration_minutes", "pass_percent", "attempts_allowed")}
        exam = old.get_model("exams", "ExamRow").objects.create(code="CFx", program_key="MITx/SCM", institution="MITx")
        version = old.get_model("exams", "ExamVersionRow").objects.create(
            exam=exam, number=1, bank=[], draw=[], **fields
        )
        times = {"opens_at": DAY, "closes_at": DAY, "release_at": DAY}
        sitting = old.get_model("exams", "SittingRow").objects.create(exam=exam, **times)
        rows, attempts = (old.get_model("exams", f"{name}Row").objects for name in ("Accommodation", "Attempt"))
        rows.create(learner_id=learner, exam=exam, extra_percent=33, state="approved", decided_at=DAY, **told)
        rows.create(learner_id=learner, exam=exam, extra_percent=50, state="requested", asks_more=True, **told)
        row = {"learner_id": learner, "sitting": sitting, "version": version, "seed": 1, "form": [], "created_at": DAY}
        attempts.create(state="started", **row)
        new = migrated(after)
        kept = new.get_model("exams", "AccommodationRow").objects.order_by("amount")
        assert list(kept.values_list("kind", "amount", "granted_amount", "state")) == [
            ("percent", 33, 33, "approved"),
            ("percent", 50, None, "requested"),
        ]
        attempt = new.get_model("exams", "AttemptRow").objects.get()
        assert (attempt.extra_seconds, attempt.breaks, attempt.break_minutes) == (1188, [], 0)
        attempt.delete()
        kept.delete()
        _clear(new, "CFx")
    finally:
        migrated(MigrationExecutor(connection).loader.graph.leaf_nodes("exams"))
