"""Tables of programs, courses, runs and prices."""

from django.db import models

from linkspan.kernel.ids import new_id


class CourseRow(models.Model):
    """A course; the key is INSTITUTION/CODE."""

    key = models.CharField(max_length=128, primary_key=True)
    institution = models.CharField(max_length=64, db_index=True)
    code = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    credits = models.DecimalField(max_digits=6, decimal_places=2, null=True)

    class Meta:
        app_label = "catalog"
        db_table = "catalog_course"


class CourseRunRow(models.Model):
    """One teaching of a course."""

    id = models.CharField(max_length=255, primary_key=True)
    course = models.ForeignKey(CourseRow, on_delete=models.PROTECT, related_name="runs")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    enrolment_opens = models.DateTimeField()
    enrolment_closes = models.DateTimeField()
    upgrade_by = models.DateTimeField()
    time_zone = models.CharField(max_length=64)

    class Meta:
        app_label = "catalog"
        db_table = "catalog_course_run"


class TermRow(models.Model):
    """A term of an institution; the key is INSTITUTION/CODE."""

    key = models.CharField(max_length=128, primary_key=True)
    institution = models.CharField(max_length=64, db_index=True)
    code = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    starts = models.DateField()
    ends = models.DateField()
    census = models.DateField(null=True)
    grades_due = models.DateField(null=True)

    class Meta:
        app_label = "catalog"
        db_table = "catalog_term"


class ProgramRow(models.Model):
    """A program; the key is INSTITUTION/CODE."""

    key = models.CharField(max_length=128, primary_key=True)
    institution = models.CharField(max_length=64, db_index=True)
    code = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    kind = models.CharField(max_length=32)

    class Meta:
        app_label = "catalog"
        db_table = "catalog_program"


class ProgramVersionRow(models.Model):
    """The requirement tree of a program from a date on; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    program = models.ForeignKey(ProgramRow, on_delete=models.PROTECT, related_name="versions")
    catalogue_year = models.IntegerField()
    requirements = models.JSONField()
    not_here_yet = models.JSONField(default=list)
    valid_from = models.DateField()

    class Meta:
        app_label = "catalog"
        db_table = "catalog_program_version"
        constraints = [models.UniqueConstraint(fields=["program", "catalogue_year"], name="catalog_one_version_a_year")]


class PriceRow(models.Model):
    """A price of a subject in a period; a new price ends the one before it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    subject = models.CharField(max_length=255, db_index=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "catalog"
        db_table = "catalog_price"
        constraints = [
            models.UniqueConstraint(fields=["subject", "valid_from"], name="catalog_price_once_a_day"),
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(valid_to=None), name="catalog_one_open_price"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="catalog_price_ends_after_it_begins",
            ),
        ]


class ChangeRow(models.Model):
    """An entry that is prepared and not public yet; one for each thing."""

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=255)
    content = models.JSONField()
    before = models.JSONField(null=True)
    prepared_by = models.UUIDField(null=True)
    preparer = models.CharField(max_length=200)
    prepared_at = models.DateTimeField()

    class Meta:
        app_label = "catalog"
        db_table = "catalog_change"
        constraints = [
            models.UniqueConstraint(fields=["institution", "kind", "key"], name="catalog_one_change_of_a_thing")
        ]


class CatalogPolicyRow(models.Model):
    """Whether an institution asks for a second person to publish."""

    institution = models.CharField(max_length=64, primary_key=True)
    four_eyes = models.BooleanField()

    class Meta:
        app_label = "catalog"
        db_table = "catalog_policy"
