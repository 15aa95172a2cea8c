"""Tables of exams with their versions, of what payments give, of sittings and their times."""

from django.db import models

from linkspan.kernel.ids import new_id


class ExamRow(models.Model):
    """An exam's identity, and the version that new attempts are drawn from; None until the first is published."""

    code = models.CharField(max_length=64, primary_key=True)
    program_key = models.CharField(max_length=128)
    institution = models.CharField(max_length=64)
    in_force = models.ForeignKey("ExamVersionRow", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_exam"


class ExamVersionRow(models.Model):
    """What an exam asks and how it is judged: a draft until `published_at`, never changed after it.

    Beside it stands what was ruled since: `corrections` of questions, and the pass mark that was adopted.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    title = models.CharField(max_length=200)
    duration_minutes = models.IntegerField()
    pass_percent = models.DecimalField(max_digits=5, decimal_places=2)
    attempts_allowed = models.IntegerField()
    courses = models.JSONField(default=list)
    minimums = models.JSONField(default=dict)
    bank = models.JSONField(default=list)
    draw = models.JSONField(default=list)
    most_drawn = models.IntegerField(null=True)
    grace_seconds = models.IntegerField(default=30)
    seb = models.JSONField(null=True)
    seb_settings = models.JSONField(null=True)
    watched = models.JSONField(null=True)
    conduct = models.JSONField(default=dict)
    corrections = models.JSONField(default=dict)
    cut_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    made_by = models.CharField(max_length=200)
    makers = models.JSONField(default=list)
    made_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_version"
        constraints = [
            models.UniqueConstraint(fields=["exam", "number"], name="exams_version_once"),
            models.UniqueConstraint(
                fields=["exam"], condition=models.Q(published_at__isnull=True), name="exams_one_draft"
            ),
        ]


class PictureRow(models.Model):
    """A picture of a question, as PNG; questions name it by the SHA-256 of its content."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    width = models.IntegerField()
    height = models.IntegerField()

    class Meta:
        app_label = "exams"
        db_table = "exams_picture"


class ExamPolicyRow(models.Model):
    """Whether another person than its makers publishes an institution's exams; without a row, anybody who may.

    `compared`: by what learners may be compared; without it, by nothing.
    """

    institution = models.CharField(max_length=64, primary_key=True)
    second_person = models.BooleanField()
    compared = models.JSONField(default=list)

    class Meta:
        app_label = "exams"
        db_table = "exams_policy"


class EntitlementRow(models.Model):
    """What a payment for an exam of a program gives from a day on; before the first, it is good for every attempt."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    program_key = models.CharField(max_length=128)
    valid_from = models.DateField()
    attempts = models.IntegerField(null=True)
    cool_off_days = models.IntegerField(default=0)
    set_by = models.CharField(max_length=200)

    class Meta:
        app_label = "exams"
        db_table = "exams_entitlement"
        constraints = [models.UniqueConstraint(fields=["program_key", "valid_from"], name="exams_entitlement_once")]


class SittingRow(models.Model):
    """When an exam can be taken; once it has appointments, only at a booked one."""

    id = models.UUIDField(primary_key=True, default=new_id)
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="sittings")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    release_at = models.DateTimeField()
    capacity = models.IntegerField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.TextField(blank=True)
    by_appointment = models.BooleanField(default=False)
    change_hours = models.IntegerField(default=24)
    early_minutes = models.IntegerField(default=15)
    late_minutes = models.IntegerField(default=15)

    class Meta:
        app_label = "exams"
        db_table = "exams_sitting"
        constraints = [models.UniqueConstraint(fields=["exam", "opens_at"], name="exams_sitting_once")]


class AppointmentRow(models.Model):
    """A time of a sitting, with its seats."""

    id = models.UUIDField(primary_key=True, default=new_id)
    sitting = models.ForeignKey(SittingRow, on_delete=models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    seats = models.IntegerField()
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.TextField(blank=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_appointment"
        constraints = [models.UniqueConstraint(fields=["sitting", "starts_at"], name="exams_appointment_once")]
