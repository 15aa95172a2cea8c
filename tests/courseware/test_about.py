"""What everybody reads of a course before they enrol: its own files, what its staff wrote, and nothing that runs."""

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, number, sequential
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware import actions
from linkspan.courseware.models import AboutRow
from linkspan.courseware.queries import about_course
from linkspan.courseware.rules import LONGEST_EFFORT, Said
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Unusable

pytestmark = pytest.mark.django_db
OVERVIEW = (
    '<section class="about"><h2>About This Course</h2>'
    '<h2 onclick="x()">About</h2><p>Learn <b>ship</b>ping &amp; more.</p><p> </p>'
    '<script>zebra()</script><style>p{zebra:1}</style><img src="/static/zebra.png" onerror="zebra()">'
    '<a href="javascript:zebra()">here</a><iframe src="https://evil.example/zebra"></iframe><form><input></form>'
)
ABOUT = {
    "about/overview.html": OVERVIEW,
    "about/effort.html": "  6\n hours <b>a</b> week<script>zebra</script> ",
    "about/short_description.html": "Short & good",
    "about/course_staff_short.html": "<p>Jo Teacher</p>",
}


@pytest.fixture
def taught(course: Write, learner: Actor) -> None:
    folder = course(sequential(number(1)), ABOUT)
    chapters = "".join(f'<chapter url_name="{name}"/>' for name in "cde")
    first = (folder / "chapter/c.xml").read_text()
    (folder / "chapter/c.xml").write_text(first.replace("<chapter>", '<chapter display_name="Week 1">'))
    (folder / "course/R1.xml").write_text(f'<course display_name="A course">{chapters}</course>')
    inside = '<chapter display_name="Zebra"{}><sequential url_name="{}"{}/></chapter>'
    hidden = ' visible_to_staff_only="true"'
    (folder / "chapter/d.xml").write_text(inside.format("", "t", hidden))
    (folder / "chapter/e.xml").write_text(inside.format(hidden, "u", ""))
    actions.import_course(actor=SYSTEM, path=folder, now=NOW)


def test_its_own_files_are_cleaned(taught, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    found = about_course(RUN)
    assert found.overview == (
        '<h3>About</h3><p>Learn shipping &amp; more.</p><a rel="nofollow noopener noreferrer">here</a>'
    )
    assert (found.effort, found.summary, found.staff) == ("6 hours a week", "Short & good", "<p>Jo Teacher</p>")
    assert (found.syllabus, found.pass_mark) == (("Week 1",), 50)
    assert [(one.name, one.percent) for one in found.grading] == [("HW", 100)]
    page = Client().get(f"/runs/{RUN}/").content.decode()
    assert "zebra" not in page.lower() and "6 hours a week" in page and "Week 1" in page and "50%" in page


def test_staff_write_it_and_take_it_back(taught, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    author, page = person("Aut Hor", ("author", "CasesX")), f"/desk/courses/{RUN}/about/"
    typed = {"overview": "*Ours* <script>zebra()</script>", "effort": "a\nlot", "staff": "- Jo"}
    answer = browser(author).post(page, typed, follow=True)
    assert answer.redirect_chain == [(page, 302)] and 'role="status"' in answer.content.decode()
    found = about_course(RUN)
    assert found.overview == "<p><em>Ours</em> &lt;script&gt;zebra()&lt;/script&gt;</p>\n"
    assert (found.effort, found.syllabus) == ("a lot", ()) and "<li>Jo</li>" in found.staff
    assert b"<script>zebra" not in Client().get(f"/runs/{RUN}/").content
    body = {"overview": "", "effort": "", "staff": "", "syllabus": True}
    assert call(Client(), author, f"studying/runs/{RUN}/about", body, key="a").status_code == 204
    assert about_course(RUN).effort == "6 hours a week" and call(Client(), None, f"studying/runs/{RUN}/about").json()[
        "syllabus"
    ] == ["Week 1"]
    assert call(Client(), author, f"studying/runs/{RUN}/about/said").json() == body
    assert call(Client(), None, "studying/runs/course-v1:A+B+C/about").status_code == 404


def test_who_may_not_and_what_is_too_long(taught, learner) -> None:
    for who in (learner, person("Other Staff", ("program_staff", "HES")), person("Reader", ("reader", "CasesX"))):
        assert browser(who).post(f"/desk/courses/{RUN}/about/", {"overview": "x"}).status_code == 403
        with pytest.raises(NotPermitted):
            actions.say_of_course(actor=who, run_id=RUN, said=Said(overview="x"), now=NOW)
    author = person("Aut Hor", ("author", "CasesX"))
    for said in (Said(effort="x" * (LONGEST_EFFORT + 1)), Said(overview="\0"), Said(staff="x" * 10_000)):
        with pytest.raises(Unusable):
            actions.say_of_course(actor=author, run_id=RUN, said=said, now=NOW)
    answer = browser(author).post(f"/desk/courses/{RUN}/about/", {"effort": "y" * 300, "overview": "kept words"})
    assert answer.status_code == 422 and b"kept words" in answer.content
    assert not AboutRow.objects.exists()


def test_files_that_lie(course: Write, learner: Actor) -> None:
    folder = course(
        sequential(number(1)), {"about/effort.html": "\0x\ud7ff", "about/short_description.html": "y" * 300_000}
    )
    (folder / "about/overview.html").write_bytes(b"\xff\xfe<p>" + b"<div>" * 20_000 + b"deep")
    actions.import_course(actor=SYSTEM, path=folder, now=NOW)
    found = about_course(RUN)
    assert (
        found.effort == "x\ud7ff" and found.summary == "" and "deep" in found.overview and "<div>" not in found.overview
    )
