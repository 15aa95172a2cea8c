"""Tables of imported courses, trials of them, learners' state in them, and attempts."""

from typing import ClassVar

from django.db import models

from linkspan.courseware.rules import RescoreState, TrialState
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.reasons import Phrase
from linkspan.kernel.sealed import SealedField


class CourseVersionRow(models.Model):
    """An import of a course run; the one `taught_since` last is taught. Its files lie in the store by their hash."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255, db_index=True)
    institution = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=200)
    taught_since = models.DateTimeField()
    blocks = models.JSONField(default=dict)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_course_version"
        constraints = [models.UniqueConstraint(fields=["run_id", "sha256"], name="courseware_import_once")]


class TrialRow(models.Model):
    """A course that somebody handed in for a run, or an earlier version to go back to, tried before it is taught.

    `against` is the version that was taught when it was tried: what the report says holds for that alone.
    """

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "course_trials", Phrase("Courses that authors tried, with whose grade they would change"), "at", 90, 7, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255, db_index=True)
    institution = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    against = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, default=TrialState.WAITING)
    done = models.IntegerField(default=0)
    whole = models.IntegerField(default=0)
    report = models.JSONField(null=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_trial"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(TrialState)), name="courseware_trial_state_known"),
            models.UniqueConstraint(
                fields=["run_id", "archive_sha256", "sha256"],
                condition=models.Q(state=TrialState.WAITING),
                name="courseware_trial_waits_once",
            ),
        ]


class GradeChangeRow(models.Model):
    """A learner whose grade a trial would change, in whole percents."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    id = models.UUIDField(primary_key=True, default=new_id)
    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="grades")
    learner_id = models.UUIDField()
    before = models.IntegerField()
    after = models.IntegerField()
    passed_before = models.BooleanField()
    passed_after = models.BooleanField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_grade_change"
        constraints = [models.UniqueConstraint(fields=["trial", "learner_id"], name="courseware_grade_change_once")]


class StateRow(models.Model):
    """What a block remembers of a learner."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    WITHHELD: ClassVar[dict[str, str]] = {"state": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_state"
        constraints = [models.UniqueConstraint(fields=["learner_id", "run_id", "usage"], name="courseware_state_once")]


class AttemptRow(models.Model):
    """One graded submission; rows are added, never changed."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    # A course may keep correctness back until the due date: its pages know when, a copy would tell at once.
    WITHHELD: ClassVar[dict[str, str]] = {"earned": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    earned = models.DecimalField(max_digits=9, decimal_places=4)
    possible = models.DecimalField(max_digits=9, decimal_places=4)
    answers = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_attempt"
        indexes = [models.Index(fields=["learner_id", "run_id", "usage"], name="courseware_attempt_of_learner")]


class ScoreRow(models.Model):
    """The score of a problem as it stands: raw points of the newest grade event, a reset included."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    WITHHELD: ClassVar[dict[str, str]] = {"earned": ""}

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    earned = models.DecimalField(max_digits=12, decimal_places=4)
    possible = models.DecimalField(max_digits=12, decimal_places=4)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_score"
        constraints = [models.UniqueConstraint(fields=["learner_id", "run_id", "usage"], name="courseware_score_once")]


class ExtensionRow(models.Model):
    """A later due date of a subsection for one learner."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    due = models.DateTimeField()
    reason = models.CharField(max_length=1000)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_extension"
        constraints = [
            models.UniqueConstraint(fields=["learner_id", "run_id", "usage"], name="courseware_extension_once")
        ]
        indexes = [models.Index(fields=["run_id", "at"], name="courseware_extension_of_run")]


class SetPointsRow(models.Model):
    """Points of a subsection that staff set for a learner; rows are added, the newest counts, no `earned` ends them."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    earned = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    reason = models.CharField(max_length=1000)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_set_points"
        indexes = [
            models.Index(fields=["learner_id", "run_id"], name="courseware_points_of_learner"),
            models.Index(fields=["run_id", "at"], name="courseware_points_of_run"),
        ]


class RescoreRow(models.Model):
    """A problem whose answers are scored again for everybody: tried by the version `against`, then counted or not."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255)
    institution = models.CharField(max_length=64)
    usage = models.CharField(max_length=255)
    title = models.CharField(max_length=200)
    only_higher = models.BooleanField()
    reason = models.CharField(max_length=1000)
    state = models.CharField(max_length=16, default=RescoreState.WAITING)
    against = models.CharField(max_length=64)
    whole = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    higher = models.IntegerField(default=0)
    lower = models.IntegerField(default=0)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    taken_by = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_rescore"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(RescoreState)), name="courseware_rescore_known"),
            models.UniqueConstraint(
                fields=["run_id", "usage"],
                condition=models.Q(state__in=["waiting", "tried", "counting"]),
                name="courseware_rescore_open_once",
            ),
        ]


class ScoreChangeRow(models.Model):
    """A learner whose raw points another scoring changes; `counted_at` once they have changed."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    id = models.UUIDField(primary_key=True, default=new_id)
    rescore = models.ForeignKey(RescoreRow, on_delete=models.CASCADE, related_name="changes")
    learner_id = models.UUIDField()
    before = models.DecimalField(max_digits=12, decimal_places=4)
    after = models.DecimalField(max_digits=12, decimal_places=4)
    possible = models.DecimalField(max_digits=12, decimal_places=4)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_score_change"
        constraints = [models.UniqueConstraint(fields=["rescore", "learner_id"], name="courseware_score_change_once")]


class UsernameRow(models.Model):
    """A username of a learning platform as an institution's files tell it; `by_address` if its address found somebody.

    Whom it is linked with stands in `UsernameLinkRow`.
    """

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "platform_usernames", Phrase("Usernames that learning platforms told"), "told_at", 1095, 90, 3650
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    username = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    by_address = models.BooleanField(default=False)
    told_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_username"
        constraints = [
            models.UniqueConstraint(fields=["institution", "place", "username"], name="courseware_username_once")
        ]


class UsernameLinkRow(models.Model):
    """A person said to be behind a username of a learning platform, and how that was shown."""

    AT_DELETION: ClassVar[AtDeletion] = GONE

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    username = models.CharField(max_length=200)
    proof = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    by = models.UUIDField(null=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_username_link"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "place", "username"],
                condition=models.Q(state__in=["proposed", "linked"]),
                name="courseware_username_linked_once",
            )
        ]


class UsernameCodeRow(models.Model):
    """A code that was asked for, to show that a username of a learning platform is one's own."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "username_codes", Phrase("Codes that show whose a username is"), "asked_at", 2, 1, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    username = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_username_code"
        indexes = [models.Index(fields=["institution", "place", "username"], name="courseware_code_of_username")]


class PlatformRow(models.Model):
    """An Open edX of an institution, and what is needed to ask it: its host, a client id and a sealed secret."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    place = models.CharField(max_length=253)
    client_id = models.CharField(max_length=200)
    secret = SealedField()
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_platform"
        constraints = [models.UniqueConstraint(fields=["institution", "place"], name="courseware_platform_once")]


class FetchRow(models.Model):
    """A run's enrolments and grades, asked of a platform page by page; `cursor` is the page to ask next."""

    id = models.UUIDField(primary_key=True, default=new_id)
    platform = models.ForeignKey(PlatformRow, on_delete=models.CASCADE, related_name="fetches")
    run_id = models.CharField(max_length=255)
    state = models.CharField(max_length=16)
    part = models.CharField(max_length=16)
    cursor = models.CharField(max_length=2000)
    pages = models.IntegerField(default=0)
    fails = models.IntegerField(default=0)
    #: As `kernel.reasons.stored` writes it.
    problem = models.JSONField(default=list)
    by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    due = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_fetch"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "run_id"],
                condition=models.Q(state="running"),
                name="courseware_fetch_runs_once",
            )
        ]
        indexes = [models.Index(fields=["state", "due"], name="courseware_fetch_due")]


class FetchedRow(models.Model):
    """What a platform told of a username in a fetch: the enrolment, the grade, or both; the newest words stand."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "fetched_grades", Phrase("What learning platforms answered"), "fetch__ended_at", 30, 1, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    fetch = models.ForeignKey(FetchRow, on_delete=models.CASCADE, related_name="rows")
    username = models.CharField(max_length=200)
    enrolment = models.JSONField(null=True)
    grade = models.JSONField(null=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_fetched"
        constraints = [models.UniqueConstraint(fields=["fetch", "username"], name="courseware_fetched_once")]
