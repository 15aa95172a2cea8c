"""Tables of series of exams: their versions, their exams, and who is invited."""

from typing import ClassVar

from django.db import models

from linkspan.exams.models.making import ExamRow
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, one_of


class SeriesRow(models.Model):
    """A series' identity, and the version that who begins now is judged by; None until the first is published."""

    code = models.CharField(max_length=64, primary_key=True)
    program_key = models.CharField(max_length=128)
    institution = models.CharField(max_length=64)
    in_force = models.ForeignKey("SeriesVersionRow", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_series"


class SeriesVersionRow(models.Model):
    """What a series asks: a draft until `published_at`, never changed after it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    series = models.ForeignKey(SeriesRow, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    title = models.CharField(max_length=200)
    completion = models.CharField(max_length=16)
    best = models.IntegerField()
    pass_percent = models.DecimalField(max_digits=5, decimal_places=2)
    in_order = models.BooleanField()
    by_invitation = models.BooleanField()
    one_fee = models.BooleanField()
    made_by = models.CharField(max_length=200)
    makers = models.JSONField(default=list)
    published_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_series_version"
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="exams_series_version_once"),
            models.UniqueConstraint(
                fields=["series"], condition=models.Q(published_at__isnull=True), name="exams_series_one_draft"
            ),
        ]


class SeriesPartRow(models.Model):
    """An exam of a version of a series, at its place, with its weight."""

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.ForeignKey(SeriesVersionRow, on_delete=models.CASCADE, related_name="parts")
    exam = models.ForeignKey(ExamRow, on_delete=models.PROTECT, related_name="+")
    place = models.IntegerField()
    weight = models.DecimalField(max_digits=6, decimal_places=2, null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_series_part"
        constraints = [
            models.UniqueConstraint(fields=["version", "exam"], name="exams_series_part_once"),
            models.UniqueConstraint(fields=["version", "place"], name="exams_series_part_place"),
        ]


class InvitationRow(models.Model):
    """That a learner is invited to a series."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("series_id")

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField()
    series = models.ForeignKey(SeriesRow, on_delete=models.PROTECT, related_name="invitations")
    invited_by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        app_label = "exams"
        db_table = "exams_invitation"
        constraints = [models.UniqueConstraint(fields=["learner_id", "series"], name="exams_invitation_once")]
