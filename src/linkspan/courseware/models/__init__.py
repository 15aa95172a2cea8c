"""Tables of courses that run here, and of platforms that run elsewhere."""

from linkspan.courseware.models.courses import (
    AttemptRow,
    CourseVersionRow,
    ExtensionRow,
    GradeChangeRow,
    RescoreRow,
    ScoreChangeRow,
    ScoreRow,
    SetPointsRow,
    StateRow,
    TrialRow,
)
from linkspan.courseware.models.platforms import (
    FetchedRow,
    FetchRow,
    PlatformRow,
    UsernameCodeRow,
    UsernameLinkRow,
    UsernameRow,
)

__all__ = [
    "AttemptRow",
    "CourseVersionRow",
    "ExtensionRow",
    "FetchRow",
    "FetchedRow",
    "GradeChangeRow",
    "PlatformRow",
    "RescoreRow",
    "ScoreChangeRow",
    "ScoreRow",
    "SetPointsRow",
    "StateRow",
    "TrialRow",
    "UsernameCodeRow",
    "UsernameLinkRow",
    "UsernameRow",
]
