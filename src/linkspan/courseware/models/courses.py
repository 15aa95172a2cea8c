"""Tables of imported courses, trials of them, learners' state in them, and attempts."""

from typing import ClassVar

from django.db import models

from linkspan.courseware.rules import RescoreState, TrialState
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor, PartedBy
from linkspan.kernel.merges import AtMerge, Way, not_both, one_of
from linkspan.kernel.reasons import Phrase, Sentence


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
    #: When what it says was collected for searches; None: it was not, or another one was since.
    texts_at = models.DateTimeField(null=True)
    blocks = models.JSONField(default=dict)
    #: The git repository out of which it came, the branch or tag, and the commit.
    address = models.CharField(max_length=500, blank=True)
    ref = models.CharField(max_length=200, blank=True)
    commit = models.CharField(max_length=64, blank=True)

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
    #: The git repository out of which it came, the branch or tag, and the commit.
    address = models.CharField(max_length=500, blank=True)
    ref = models.CharField(max_length=200, blank=True)
    commit = models.CharField(max_length=64, blank=True)

    class Meta:
        app_label = "courseware"
        db_table = "courseware_trial"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(TrialState)), name="courseware_trial_state_known"),
            models.UniqueConstraint(
                fields=["run_id", "archive_sha256", "sha256", "address", "ref"],
                condition=models.Q(state=TrialState.WAITING),
                name="courseware_trial_waits_once",
            ),
        ]


class GradeChangeRow(models.Model):
    """A learner whose grade a trial would change, in whole percents."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("trial_id")

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
    AT_MERGE: ClassVar[AtMerge] = AtMerge(Way.MOVES, ("run_id",), where="courseware.AttemptRow")
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


class SharedStateRow(models.Model):
    """What a block remembers of all its learners together, such as the votes of a poll; no learner is named in it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run_id = models.CharField(max_length=255)
    usage = models.CharField(max_length=255)
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_shared_state"
        constraints = [models.UniqueConstraint(fields=["run_id", "usage"], name="courseware_shared_state_once")]


class AttemptRow(models.Model):
    """One graded submission; rows are added, never changed."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = not_both(
        Sentence("merge_same_run", "Both accounts handed in work in {what}.", what=""), "run_id"
    )

    PARTED_BY: ClassVar[PartedBy] = PartedBy("id")

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
    AT_MERGE: ClassVar[AtMerge] = one_of("run_id", "usage")
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
    AT_MERGE: ClassVar[AtMerge] = one_of("run_id", "usage")

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
    AT_MERGE: ClassVar[AtMerge] = one_of("run_id", "usage")

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
    AT_MERGE: ClassVar[AtMerge] = one_of("rescore_id")

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
