"""Tables of courses that run here, and of platforms that run elsewhere."""

from linkspan.courseware.models.cohorts import CohortPlaceRow, CohortRow
from linkspan.courseware.models.courses import (
    AttemptRow,
    CourseVersionRow,
    ExtensionRow,
    GradeChangeRow,
    RescoreRow,
    ScoreChangeRow,
    ScoreRow,
    SetPointsRow,
    SharedStateRow,
    StateRow,
    TrialRow,
)
from linkspan.courseware.models.discussion import (
    DiscussionRow,
    FollowRow,
    PostRow,
    ReportRow,
    ThreadRow,
)
from linkspan.courseware.models.platforms import (
    BusMessageRow,
    FetchedRow,
    FetchRow,
    PlatformRow,
    UsernameCodeRow,
    UsernameLinkRow,
    UsernameRow,
)
from linkspan.courseware.models.rehearsals import RehearsalRow
from linkspan.courseware.models.studying import (
    AboutRow,
    AnnouncementRow,
    BookmarkRow,
    StoppedRow,
    TextRow,
)

__all__ = [
    "AboutRow",
    "AnnouncementRow",
    "AttemptRow",
    "BookmarkRow",
    "BusMessageRow",
    "CohortPlaceRow",
    "CohortRow",
    "CourseVersionRow",
    "DiscussionRow",
    "ExtensionRow",
    "FetchRow",
    "FetchedRow",
    "FollowRow",
    "GradeChangeRow",
    "PlatformRow",
    "PostRow",
    "RehearsalRow",
    "ReportRow",
    "RescoreRow",
    "ScoreChangeRow",
    "ScoreRow",
    "SetPointsRow",
    "SharedStateRow",
    "StateRow",
    "StoppedRow",
    "TextRow",
    "ThreadRow",
    "TrialRow",
    "UsernameCodeRow",
    "UsernameLinkRow",
    "UsernameRow",
]
