"""A course run in the catalogue, without content."""

from datetime import UTC, datetime

from linkspan.catalog.actions import add_course, add_run

from .people import NOW, SYSTEM

RUN = "course-v1:MITx+SC0x+1T2018"
CLOSES = datetime(2018, 2, 1, tzinfo=UTC)
ENDS = datetime(2018, 5, 1, 4, tzinfo=UTC)


def put_run(
    run_id: str = RUN, ends: datetime = ENDS, institution: str = "MITx", enrolment_closes: datetime = CLOSES
) -> None:
    """Enter the course of a key and this run of it, in the zone of New York."""
    org, code, _ = run_id.removeprefix("course-v1:").split("+")
    told = {"title": f"{org} {code}", "summary": "", "credits": None, "now": NOW}
    key = add_course(actor=SYSTEM, institution=institution, code=code, **told)
    day = datetime(2018, 1, 10, tzinfo=UTC)
    names = ("starts", "enrolment_opens", "enrolment_closes", "upgrade_by")
    dates = dict.fromkeys(names, day) | {"enrolment_closes": enrolment_closes, "ends": ends}
    add_run(actor=SYSTEM, run_id=run_id, course_key=key, dates=dates, zone="America/New_York", now=NOW)
