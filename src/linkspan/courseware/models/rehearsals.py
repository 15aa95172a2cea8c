"""The table of what staff try in previews."""

from typing import ClassVar

from django.db import models

from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import GOES, AtMerge
from linkspan.kernel.reasons import Phrase


class RehearsalRow(models.Model):
    """What the blocks of a run remember of somebody of its staff who answers on trial; it counts nowhere.

    `eyes` tells apart in whose place they do so. `mine` is what blocks remember of one learner, `shared` what they
    remember of all together, where the trial changed it.
    """

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "rehearsals", Phrase("Answers that course staff tried in a preview"), "at", 7, 1, 90
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    actor_id = models.UUIDField()
    run_id = models.CharField(max_length=255)
    eyes = models.CharField(max_length=64)
    mine = models.JSONField(default=dict)
    shared = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        app_label = "courseware"
        db_table = "courseware_rehearsal"
        constraints = [models.UniqueConstraint(fields=["actor_id", "run_id", "eyes"], name="courseware_rehearsal_once")]
