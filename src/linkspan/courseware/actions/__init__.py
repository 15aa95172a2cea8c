"""What is done in courses: import one, open a unit, act on a problem."""

from linkspan.courseware.actions.checks import CourseCheck, check_course
from linkspan.courseware.actions.discussion import (
    delete_post,
    follow_thread,
    mark_answer,
    open_thread,
    reply_to_thread,
    report_post,
    start_thread,
)
from linkspan.courseware.actions.exports import export_course
from linkspan.courseware.actions.extensions import due_of, end_extension, grant_extension, take_extensions
from linkspan.courseware.actions.fetching import (
    check_platform,
    enter_platform,
    fetch_due,
    remove_platform,
    start_fetch,
    stop_fetch,
)
from linkspan.courseware.actions.imports import ImportReport, import_course
from linkspan.courseware.actions.moderation import (
    dismiss_reports,
    end_thread,
    hide_post,
    send_digests,
    set_discussion,
    show_post,
)
from linkspan.courseware.actions.points import (
    ask_rescore,
    count_rescore,
    discard_rescore,
    set_points,
    take_rescore,
    try_points,
    try_rescore,
)
from linkspan.courseware.actions.previews import preview_unit
from linkspan.courseware.actions.problems import Act, ProblemResult, act_on_problem, submit_problem
from linkspan.courseware.actions.studying import (
    announce,
    bookmark_unit,
    collect_texts,
    keep_place,
    publish_due,
    send_announcement,
    withdraw_announcement,
)
from linkspan.courseware.actions.trials import (
    LARGEST,
    discard_trial,
    hand_in_course,
    take_course,
    try_course,
    try_version,
)
from linkspan.courseware.actions.units import ShownBlock, Unit, open_unit
from linkspan.courseware.actions.usernames import (
    ask_username_code,
    decide_link,
    end_link,
    link_by_address,
    link_by_code,
    propose_link,
    tell_usernames,
)
from linkspan.courseware.actions.videos import keep_video_place

__all__ = [
    "LARGEST",
    "Act",
    "CourseCheck",
    "ImportReport",
    "ProblemResult",
    "ShownBlock",
    "Unit",
    "act_on_problem",
    "announce",
    "ask_rescore",
    "ask_username_code",
    "bookmark_unit",
    "check_course",
    "check_platform",
    "collect_texts",
    "count_rescore",
    "decide_link",
    "delete_post",
    "discard_rescore",
    "discard_trial",
    "dismiss_reports",
    "due_of",
    "end_extension",
    "end_link",
    "end_thread",
    "enter_platform",
    "export_course",
    "fetch_due",
    "follow_thread",
    "grant_extension",
    "hand_in_course",
    "hide_post",
    "import_course",
    "keep_place",
    "keep_video_place",
    "link_by_address",
    "link_by_code",
    "mark_answer",
    "open_thread",
    "open_unit",
    "preview_unit",
    "propose_link",
    "publish_due",
    "remove_platform",
    "reply_to_thread",
    "report_post",
    "send_announcement",
    "send_digests",
    "set_discussion",
    "set_points",
    "show_post",
    "start_fetch",
    "start_thread",
    "stop_fetch",
    "submit_problem",
    "take_course",
    "take_extensions",
    "take_rescore",
    "tell_usernames",
    "try_course",
    "try_points",
    "try_rescore",
    "try_version",
    "withdraw_announcement",
]
