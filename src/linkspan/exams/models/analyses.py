"""The table of what models say of a version, worked out when somebody asks."""

from django.db import models

from linkspan.exams.models.making import ExamVersionRow
from linkspan.kernel.ids import new_id


class AnalysisRow(models.Model):
    """What was worked out of a version last, and where the working out stands; `depends` names its sources."""

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.OneToOneField(ExamVersionRow, on_delete=models.PROTECT, related_name="analysis")
    state = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    step = models.IntegerField(default=0)
    depends = models.CharField(max_length=64, blank=True)
    result = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "exams"
        db_table = "exams_analysis"
