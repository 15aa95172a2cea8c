"""What is said in a video of a unit, and the unit to which a course's own link leads."""

from datetime import datetime

from linkspan.courseware.engines.told import Learner
from linkspan.courseware.queries.courses import NEVER, Place, course_for, draws_of, seen, viewer_of
from linkspan.courseware.rules import Block, Cue, Video
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import granted


def video_in(here: Place, usage: str) -> Video:
    """A video of a unit that somebody sees; NotFound if the unit shows them no such video."""
    from linkspan.courseware.engines.runtime import CourseRuntime
    from linkspan.courseware.engines.videos import video_of

    found = next((leaf for leaf in here.leaves if leaf.id == usage and leaf.type == "video"), None)
    if found is None:
        raise NotFound("video_unknown", "There is no such video in this unit.")
    course = here.course
    runtime = CourseRuntime(run_id=course.run_id, folder=course.folder, learner=Learner("", 0), state={}, now=NEVER)
    return video_of(runtime, found)


@granted
def transcript_in(here: Place, usage: str, language: str) -> tuple[Cue, ...]:
    """What is said in a video of a unit that somebody sees, in one of its languages; NotFound where there is none."""
    from linkspan.courseware.engines.videos import cues_of

    video = video_in(here, usage)
    cues = tuple(cue for cue in cues_of(here.course.folder, video, language) if video.has(cue))
    if not cues:
        raise NotFound("transcript_unknown", "There is no transcript of this video in that language.")
    return cues


def unit_holding(actor: Actor, run_id: str, name: str, now: datetime) -> str:
    """The unit that holds a block of this name, or the first of a part or chapter of it; NotFound if none is open."""
    course = course_for(actor, run_id)
    return unit_around(seen(course, viewer_of(actor, course), draws_of(actor.person_id, course), now), name)


@granted
def unit_around(root: Block, name: str) -> str:
    """The same in what somebody sees of a course."""
    around = next((block for block in root.walk() if block.name == name and block is not root), None)
    inside = {block.id for block in around.walk()} if around else set()
    units = (unit for chapter in root.children for part in chapter.children for unit in part.units)
    for unit in units:
        if unit.id in inside or any(block is around for block in unit.walk()):
            return unit.name
    raise NotFound("unit_unknown", "There is no such unit in this course, or it is not open to you now.")
