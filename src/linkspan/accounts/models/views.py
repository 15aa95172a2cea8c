"""Tables of what staff save of the desks' lists."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.merges import AtMerge, one_of


class SavedViewRow(models.Model):
    """What somebody asks of a list of a desk, under a name; shared with the office that it names, if it names one."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = one_of("listing", "name", only=Q(office=""))

    id = models.UUIDField(primary_key=True, default=new_id)
    actor_id = models.UUIDField()
    listing = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    institution = models.CharField(max_length=64, blank=True, default="")
    office = models.CharField(max_length=32, blank=True, default="")
    ask = models.JSONField(default=dict)
    is_default = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        db_table = "accounts_saved_view"
        constraints = [
            models.UniqueConstraint(
                fields=["actor_id", "listing", "name"], condition=Q(office=""), name="accounts_view_of_a_name"
            ),
            models.UniqueConstraint(
                fields=["institution", "office", "listing", "name"],
                condition=~Q(office=""),
                name="accounts_office_view_of_a_name",
            ),
        ]
        indexes = [
            models.Index(
                fields=["institution", "office", "listing"], condition=~Q(office=""), name="accounts_views_shared"
            )
        ]
