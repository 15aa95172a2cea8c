"""The Open edX demo course imports and its units render; the simple problems grade."""

import pytest
from tests.factories.people import NOW, SYSTEM

from linkspan.courseware.actions import check_course, import_course
from linkspan.courseware.engines import olx, sandbox
from linkspan.courseware.engines.runtime import CLASSES, CourseRuntime
from linkspan.courseware.queries import unit
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.ids import new_id

AUTHOR = Actor(new_id(), "Author", frozenset({Grant("author", "OpenedX")}))


@pytest.mark.django_db
def test_the_demo_course_imports_and_every_unit_renders(shared) -> None:
    folder = shared / "fixtures" / "olx" / "demo-course" / "course"
    report = import_course(actor=SYSTEM, path=folder, now=NOW)
    assert report.blocks["problem"] == check_course(folder).blocks["problem"] > 20
    course = olx.read_course(folder)
    verticals = [block for block in course.root.walk() if block.type == "vertical"]
    shown = [block for vertical in verticals for block in unit(AUTHOR, course.run_id, vertical.name).blocks]
    assert len(shown) > 250
    broken = [block.id for block in shown if block.note == "broken"]
    assert broken == []
    if sandbox.available():
        assert [block.id for block in shown if block.note == "python"] == []


@pytest.mark.parametrize("name", ["kitchen-sink", "supported-components"])
def test_other_courses_read_and_render(shared, name) -> None:
    if not sandbox.available():
        pytest.skip("bubblewrap with seccomp is not available here")
    course = olx.read_course(olx.find_course(shared / "fixtures" / "olx" / name))
    for block in course.blocks().values():
        if block.type in CLASSES:
            runtime = CourseRuntime(
                run_id=course.run_id, folder=course.folder, learner="sample", state={}, on_grade=lambda *_: None
            )
            loaded = runtime.load_block(block)
            assert loaded.lcp.get_html() if block.type == "problem" else loaded.get_html() is not None
