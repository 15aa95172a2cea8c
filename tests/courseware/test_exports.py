"""A course goes out as it came in: the archive of a version imports as the same content."""

import io
import tarfile

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, number
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware.actions import export_course, import_course
from linkspan.courseware.queries import course_of, versions_of
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted
from linkspan.kernel.ids import new_id
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
KINDS = (
    f'<sequential url_name="s" graded="true" format="HW"><vertical url_name="v"><html url_name="h">Text &amp; é</html>'
    f'{number(5, url_name="p")}<video url_name="vi" display_name="Film"/><library_content url_name="l" max_count="1">'
    f'{number(6, url_name="q")}</library_content><split_test url_name="sp" user_partition_id="1"/>'
    '<conditional url_name="co" sources_list="x"/><poll url_name="po"/></vertical></sequential>'
)


@pytest.fixture
def taught(course: Write, learner: Actor) -> Actor:
    files = {"static/a b.txt": "\u00e9", "about/overview.html": "<p>About</p>", "drafts/vertical/d.xml": "<vertical/>"}
    import_course(actor=SYSTEM, path=course(KINDS, files), now=NOW)
    return learner


def tree(block) -> tuple:
    return block.id, block.settings, block.source, tuple(map(tree, block.children))


def test_an_export_imports_unchanged(taught: Actor, tmp_path) -> None:
    before = course_of(RUN)
    content = export_course(actor=SYSTEM, run_id=RUN, now=NOW).read()
    assert content == export_course(actor=SYSTEM, run_id=RUN, now=NOW).read(), "the same files are the same bytes"
    archive = tmp_path / "out.tar.gz"
    archive.write_bytes(content)
    report = import_course(actor=SYSTEM, path=archive, now=NOW, as_run="course-v1:CasesX+C1+Again")
    after = course_of("course-v1:CasesX+C1+Again")
    assert report.sha256 == before.sha256 == after.sha256 and tree(after.root) == tree(before.root)
    assert after.policy == before.policy


def test_who_exports_and_that_it_is_on_the_trail(taught: Actor) -> None:
    staff = person("Ada Author", ("author", "CasesX"))
    for who in (taught, person("Else Where", ("author", "MITx"))):
        with pytest.raises(NotPermitted):
            export_course(actor=who, run_id=RUN, now=NOW)
    with pytest.raises(NotFound):
        export_course(actor=staff, run_id=RUN, version_id=new_id(), now=NOW)
    (version,) = versions_of(staff, RUN)
    address = f"/desk/courses/{RUN}/versions/{version.id}/export/"
    assert address in browser(staff).get(f"/desk/courses/{RUN}/").content.decode()
    answer = browser(staff).post(address)
    with tarfile.open(fileobj=io.BytesIO(b"".join(answer.streaming_content))) as archive:
        names = archive.getnames()
    assert "course/course.xml" in names and "course/static/a b.txt" in names
    assert browser(staff).get(address).status_code == 405 and browser(taught).post(address).status_code == 403
    (entry,) = audit.newest_entries(5, verb="export_course")
    assert entry.subject == f"courseware.course:{RUN}"
    told = call(Client(), staff, f"courseware/runs/{RUN}/versions/{version.id}/export", {}, key="e1")
    assert b"".join(told.streaming_content)[:2] == b"\x1f\x8b"


def test_by_command(taught: Actor, tmp_path, capsys) -> None:
    to = tmp_path / "course.tar.gz"
    assert main(["courses", "export", RUN, str(to)]) == 0 and tarfile.is_tarfile(to)
    assert main(["courses", "export", RUN, str(to)]) == 2 and "exists" in capsys.readouterr().err
    assert main(["courses", "export", "course-v1:No+No+No", str(tmp_path / "x")]) == 2
