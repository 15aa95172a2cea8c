"""Keep where a learner stopped in a video."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.courseware.models import StateRow
from linkspan.courseware.queries import unit_place, video_in, viewer_of
from linkspan.courseware.rules import Stopped, stopped_at
from linkspan.kernel.actor import Actor


def keep_video_place(
    *, actor: Actor, run_id: str, name: str, usage: str, position: str, speed: str, language: str, now: datetime
) -> Stopped:
    """Return where a learner stopped in a video that she may see, kept for the next time; the last word counts.

    Refused unless the video has such a place, speed and language.
    """
    here = unit_place(actor, run_id, name, now)
    stopped = stopped_at(video_in(here, usage), position, speed, language)
    if not viewer_of(actor, here.course).is_staff:
        _keep(actor.own_id, here.course.run_id, usage, stopped, now)
    return stopped


@transaction.atomic
def _keep(learner_id: UUID, run_id: str, usage: str, stopped: Stopped, now: datetime) -> None:
    kept = {"state": stopped.kept, "changed_at": now}
    StateRow.objects.update_or_create(learner_id=learner_id, run_id=run_id, usage=usage, defaults=kept)
