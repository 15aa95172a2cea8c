"""A file of a course is for who may see a part that uses it now; `may_see` decides that, as it does everywhere."""

import re

import pytest
from django.test import Client
from tests.courseware.conftest import RUN, Write, number, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware.actions import import_course, make_cohort, place_learner, submit_problem
from linkspan.courseware.engines.assets import users_of_files
from linkspan.courseware.engines.olx import read_course
from linkspan.courseware.queries import asset
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted

GROUPS = [{"id": 1, "name": "Blue", "version": 1}, {"id": 2, "name": "Red", "version": 1}]
PARTITION = {"id": 7, "name": "Content groups", "scheme": "cohort", "version": 3, "groups": GROUPS}
POLICY = {"course/R1": {"user_partitions": [PARTITION]}}
FORMS = {
    "plain.png": '<img src="/static/plain.png"/>',
    "query.png": "<img src='/static/query.png?raw=1#x'/>",
    "two words.pdf": '<a href="/static/two%20words.pdf">x</a>',
    "css.png": '<p style="background:url(/static/css.png)">x</p>',
    "whole.png": '<img src="https://s.example/asset-v1:O+C+R+type@asset+block@whole.png"/>',
    "old.png": '<img src="/c4x/O/C/asset/old.png"/>',
    "sub/deep.png": '<img src="/static/sub/deep.png"/>',
    "Große.png": '<img src="/static/Gro%C3%9Fe.png"/>',
    "page.html": '<iframe src="/static/page.html"></iframe>',
    "of_page.js": "",
    "of_script.json": "",
}
LATER = (
    "<sequential url_name='t' start='2030-01-01T00:00:00Z'><vertical url_name='w'>"
    + "<html url_name='late'>" + "".join(FORMS.values()) + '<img src="/static/both.png"/></html>'
    + "<html url_name='file' filename='file'/>"
    + "<video url_name='m' youtube='' sub='spoken' html5_sources='[\"/static/film.mp4\"]' handout='/static/hand.pdf'/>"
    + "</vertical></sequential>"
)  # fmt: skip
INSIDE = (
    "<sequential url_name='s'><vertical url_name='v'><html url_name='h'><img src='/static/both.png'/></html>"
    + number(1, url_name="p")
    + "<conditional url_name='c' sources='p' correct='True' message='&lt;img src=&quot;/static/teaser.png&quot;/&gt;'>"
    + "<html url_name='z'><img src='/static/earned.png'/></html></conditional></vertical>"
    + "<vertical url_name='blue' group_access='{\"7\": [1]}'><html url_name='b'><img src='/static/blue.png'/></html>"
    + "</vertical><vertical url_name='st' visible_to_staff_only='true'><html url_name='k'><img src='/static/key.png'/>"
    + "</html></vertical></sequential>"
    + LATER
)
LATE = (*FORMS, "in_file.png", "film.mp4", "hand.pdf", "subs_spoken.srt.sjson")
OTHERS = ("both.png", "teaser.png", "earned.png", "blue.png", "key.png", "free.css", "python_lib.zip")
FILES = {f"static/{name}": "x" for name in (*LATE, *OTHERS)} | {
    "html/file.html": '<img src="/static/in_file.png"/>',
    "static/page.html": '<script src="of_page.js"></script>',
    "static/of_page.js": 'fetch("of_script.json")',
    "static/of_script.json": '{"back": "page.html"}',
}


@pytest.fixture
def whole(course: Write):
    return course(INSIDE, FILES, policy=POLICY)


@pytest.fixture
def taught(whole, learner: Actor) -> Actor:
    import_course(actor=SYSTEM, path=whole, now=NOW)
    return learner


def open_to(who: Actor, names=(*LATE, *OTHERS)) -> set[str]:
    found = set()
    for name in names:
        try:
            found.add(name) if asset(who, RUN, name, NOW) else None
        except NotFound:
            continue
    return found


def test_every_form_of_address_counts_as_use_and_so_does_what_a_used_file_uses(whole) -> None:
    users = users_of_files(read_course(whole))
    by_late = {name for name, found in users.items() if "html/late" in found}
    assert by_late == {*FORMS, "both.png"}
    assert users["both.png"] == {"html/late", "html/h"} and users["in_file.png"] == {"html/file"}
    assert users["film.mp4"] == users["hand.pdf"] == users["subs_spoken.srt.sjson"] == {"video/m"}
    assert users["teaser.png"] == {"conditional/c"} and "free.css" not in users


@pytest.mark.django_db
def test_a_file_opens_with_the_first_part_that_uses_it(taught) -> None:
    assert open_to(taught) == {"both.png", "teaser.png", "free.css"}
    submit_problem(actor=taught, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=NOW)
    staff = person("Stef Staff", ("program_staff", "CasesX"))
    blue = make_cohort(actor=staff, run_id=RUN, name="Blue", group="7:1", now=NOW)
    place_learner(actor=staff, run_id=RUN, learner_id=taught.person_id, cohort_id=blue, now=NOW)
    assert open_to(taught) == {"both.png", "teaser.png", "free.css", "earned.png", "blue.png"}
    assert open_to(studying("Other Sample")) == {"both.png", "teaser.png", "free.css"}
    assert open_to(staff) == {*LATE, *OTHERS}
    with pytest.raises(NotPermitted):
        asset(person("Out Sider"), RUN, "free.css", NOW)
    for name in ("../course.xml", "/etc/passwd", "", ".", "sub", "x\0y", "static/both.png"):
        with pytest.raises((NotFound, ValueError)):
            asset(taught, RUN, name, NOW)


@pytest.mark.django_db
def test_signed_addresses_and_previews_open_no_more(taught, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    author = person("Aut Hor", ("author", "CasesX"))

    def status(who: Actor, page: str, names: tuple[str, ...]) -> list[int]:
        shown = browser(who).get(page).content.decode()
        base = re.search(r'src="http://testserver(/content/[^/]+/)', shown)[1]
        return [Client().get(f"{base}{folder}/{name}").status_code for name in names for folder in ("static", "part")]

    names = ("both.png", "key.png", "page.html", "blue.png")
    assert status(taught, f"/courses/{RUN}/unit/v/", names) == [200, 200, 404, 404, 404, 404, 404, 404]
    assert status(author, f"/courses/{RUN}/unit/v/", names) == [200] * 8
    desk = f"/desk/courses/{RUN}/preview"
    assert status(author, f"{desk}/v/?trial=yes", names) == [200, 200, 404, 404, 404, 404, 404, 404]
    assert status(author, f"{desk}/v/?group=7:1", names) == [200, 200, 404, 404, 404, 404, 200, 200]
    assert status(author, f"{desk}/w/?at=2031-01-01T12:00", names[:3]) == [200, 200, 404, 404, 200, 200]
