"""The Open edX demo course imports and its units render; the simple problems grade."""

import pytest
from tests.factories.people import NOW, SYSTEM

from linkspan.courseware.actions import check_course, import_course, open_unit
from linkspan.courseware.engines import olx, sandbox
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.ids import new_id

AUTHOR = Actor(new_id(), "Author", frozenset({Grant("author", "OpenedX")}))


@pytest.mark.django_db
def test_the_demo_course_imports_and_every_unit_renders(shared) -> None:
    folder = shared / "fixtures" / "olx" / "demo-course" / "course"
    report = import_course(actor=SYSTEM, path=folder, now=NOW)
    assert report.blocks["problem"] > 20
    course = olx.read_course(folder)
    verticals = [block for block in course.root.walk() if block.type == "vertical"]
    shown = [
        block
        for vertical in verticals
        for block in open_unit(actor=AUTHOR, run_id=course.run_id, name=vertical.name, now=NOW).blocks
    ]
    assert len(shown) > 250
    broken = [block.id for block in shown if block.note == "broken"]
    assert broken == []
    if sandbox.available():
        assert [block.id for block in shown if block.note == "python"] == []


@pytest.mark.parametrize("name", ["demo-course", "kitchen-sink", "supported-components"])
def test_courses_of_others_have_nothing_wrong_and_simple_problems_earn_full_marks(shared, name) -> None:
    if not sandbox.available():
        pytest.skip("bubblewrap with seccomp is not available here")
    check = check_course(shared / "fixtures" / "olx" / name, NOW)
    assert check.errors == ()
    assert check.full_marks + check.no_reference == check.problems > 10
    assert check.blocks == check.rendered + sum(one.code == "not_available" for one in check.warnings)
